"""Chinese for the causes of TLS, its alerts, and QUIC: what each means, and what to do."""
# ruff: noqa: RUF001 - Chinese has punctuation of its own

from collections.abc import Mapping

_UPDATE = "更新节点的 TLS 库。"
_CHANGED = "查找途中改动字节的东西：代理、有故障的网卡或路由器。"
_HANDSHAKE = "查找途中改动握手的东西，并更新节点的 TLS 库。"
_CLIENT = "看节点是否要求客户端证书；hopwatch 不发送任何客户端证书。"
_LOG = "查看节点服务器的日志。"

TLS: Mapping[str, tuple[str, str]] = {
    "tls": (
        "连接能打开，但建立不了可信的 TLS 会话",
        "用 `openssl s_client -connect HOST:443 -servername HOST` 分别从这里和境外检查节点的证书与 TLS 设置。",
    ),
    "tls.reset": (
        "连接在 TLS 握手期间被重置",
        "从境外试：若那里正常，就是途中有人重置；否则查看节点网页服务器的日志。",
    ),
    "tls.reset.sni": (
        "连接因 ClientHello 中的服务器名而被重置",
        "用未被过滤的名称访问节点，或经由境外的中转。重置之后的几分钟内，其他名称也可能被重置。",
    ),
    "tls.reset.other": (
        "无论服务器名是什么，连接都在 ClientHello 之后被重置",
        "检查节点的网页服务器及其前面的负载均衡：它对任何名称的握手都重置。",
    ),
    "tls.closed": (
        "对方在 TLS 握手期间关闭了连接",
        "查看节点网页服务器的日志：最常见的是它没有该名称的证书，或不支持我们的任何版本。",
    ),
    "tls.closed.sni": (
        "连接因 ClientHello 中的服务器名而被关闭",
        "若是节点自己的服务器所为，请给它该名称的证书。若从境外正常，则该名称在途中被过滤：请换一个名称。",
    ),
    "tls.closed.other": (
        "无论服务器名是什么，连接都在 ClientHello 之后被关闭",
        "检查节点的网页服务器及其前面的负载均衡：它对任何名称的握手都结束。",
    ),
    "tls.timeout": ("TLS 握手停滞不前", "看节点的程序是否卡死而系统仍在接受连接，以及大数据包能否到达它。"),
    "tls.timeout.sni": (
        "带这个服务器名的 ClientHello 在途中消失，换一个名称则不会",
        "用未被过滤的名称访问节点，或经由境外的中转。此后几分钟内，其他名称也可能消失。",
    ),
    "tls.timeout.server_hung": (
        "无论服务器名是什么，对方收下 ClientHello 却从不应答",
        "重启节点的程序或给它更多资源：它卡死了，只是系统还在替它接受连接。",
    ),
    "tls.not_tls": (
        "该端口上应答的东西不讲 TLS",
        "看证据中的 `first_bytes`：它显示那里在监听什么。给该端口配上 TLS，或在节点的 `url` 中换端口或协议。",
    ),
    "tls.local_policy": (
        "我们自己的 TLS 库拒绝了对方提供的参数",
        "让节点提供 TLS 1.2 或更新版本，以及现今长度的密钥；浏览器同样会拒绝它现在提供的。",
    ),
    "tls.too_large": (
        "对方的握手数据大于任何正常的服务器",
        "看那里是谁在应答：你的服务器不会发送这么多。若确实是你的，请缩短证书链。",
    ),
    "tls.protocol": (
        "对方在握手之后违反了 TLS 协议",
        "看中间是否有东西改动字节：代理、有故障的路由器、在一条连接中切换服务器的负载均衡。",
    ),
    "tls.failed": ("TLS 握手以其他方式失败", "阅读详情：里面有 TLS 库自己的说法。"),
    "tls.interception": (
        "途中有人用自己的证书截断了 TLS 会话",
        "不要在该网络上登录任何东西。证据中的签发者说明是谁所为：认证门户、公司的过滤、安全软件。",
    ),
    "tls.cert": ("证书不可信", "把证据中的证书与节点应有的比较；若这里得到的与境外不同，就是被人截断。"),
    "tls.cert.expired": (
        "证书已过期",
        "续期并让网页服务器重新加载（`certbot renew`，然后 `nginx -s reload`）；再查明自动续期为何没有运行。",
    ),
    "tls.cert.not_yet_valid": ("证书尚未生效", "校准签发机器的时钟，或等到生效时间；期间先换回旧证书。"),
    "tls.cert.name_mismatch": (
        "证书属于另一个名称",
        "把该名称加入证书，或查明为何由另一个虚拟主机应答（nginx：`server_name` 与 `default_server`）。",
    ),
    "tls.cert.self_signed": (
        "证书是自签名的",
        "给节点一张公共证书机构签发的证书；若有意为之，请写入节点的 `ca_file`。",
    ),
    "tls.cert.unknown_authority": (
        "证书链含有不受信任的自签名根证书",
        "若是你自己的证书机构，请写入节点的 `ca_file`；否则可能有人夹在中间：从另一个网络比较。",
    ),
    "tls.cert.incomplete_chain": (
        "签发者未知，或缺少中间证书",
        "让服务器发送完整的证书链（nginx：`ssl_certificate` 用 fullchain.pem）；浏览器往往会掩盖这种缺失。",
    ),
    "tls.cert.revoked": ("证书已被吊销", "用新密钥申请新证书，并向证书机构查明旧证书为何被吊销。"),
    "tls.cert.weak": (
        "证书的密钥或签名太弱",
        "换用 2048 位以上的 RSA 密钥或椭圆曲线密钥的证书，以 SHA-256 签名。",
    ),
    "tls.cert.pin_mismatch": (
        "证书的密钥不是应有的那一把",
        "若你更换了节点的密钥，请告知固定了旧密钥的人；否则就是有人冒充它应答。",
    ),
    "tls.cert.invalid": ("证书因其他原因被拒绝", "阅读详情：里面有 TLS 库自己的说法，证据中有完整的证书链。"),
    "tls.alert": ("对方以 TLS 警报结束了握手", "警报的名称说明原因；查看节点服务器当时的日志。"),
    "tls.alert.close_notify": (
        "对方的警报 0：它在握手完成之前关闭连接",
        "查看节点的日志：它的服务器结束握手。",
    ),
    "tls.alert.unexpected_message": (
        "对方的警报 10：它收到了不合时序的消息",
        "看该端口讲的是否是别的协议，或中间是否有东西改动字节。",
    ),
    "tls.alert.bad_record_mac": ("对方的警报 20：它收到的记录已损坏", _CHANGED),
    "tls.alert.decryption_failed": (
        "对方的警报 21：它无法解密一条记录",
        "查找途中改动字节的东西，并更新节点的 TLS 库：这个警报出自旧版本。",
    ),
    "tls.alert.record_overflow": ("对方的警报 22：一条记录对它来说太长", "查找途中改动字节的东西。"),
    "tls.alert.decompression_failure": (
        "对方的警报 30：它无法解压一条记录",
        "更新节点的 TLS 库：这个警报出自旧版本。",
    ),
    "tls.alert.handshake_failure": (
        "对方的警报 40：我们提供的它一样也不接受",
        "让节点提供现今的加密套件与曲线（TLS 1.2 或更新）；在 CDN 之后，请确认它有该名称的证书。",
    ),
    "tls.alert.no_certificate": (
        "对方的警报 41：它没有证书",
        "给节点的服务器一张证书：这个警报出自 SSL 3.0。",
    ),
    "tls.alert.bad_certificate": ("对方的警报 42：我们的某个证书损坏或缺失", _CLIENT),
    "tls.alert.unsupported_certificate": ("对方的警报 43：它不接受该类型的证书", _CLIENT),
    "tls.alert.certificate_revoked": ("对方的警报 44：它认为我们的证书已被吊销", _CLIENT),
    "tls.alert.certificate_expired": (
        "对方的警报 45：它认为我们的证书已过期",
        "看节点是否要求客户端证书，以及它的时钟是否准确。",
    ),
    "tls.alert.certificate_unknown": ("对方的警报 46：它因其他原因不能接受我们的证书", _CLIENT),
    "tls.alert.illegal_parameter": ("对方的警报 47：它在我们的握手中发现了不可能的值", _HANDSHAKE),
    "tls.alert.unknown_ca": ("对方的警报 48：它不认识我们证书的签发机构", _CLIENT),
    "tls.alert.access_denied": ("对方的警报 49：它自己的规则不让我们进入", "检查节点服务器的访问规则。"),
    "tls.alert.decode_error": ("对方的警报 50：它读不懂我们的一条消息", _HANDSHAKE),
    "tls.alert.decrypt_error": (
        "对方的警报 51：握手中的签名或证明有误",
        "查找途中改动握手的东西；确认节点的证书与密钥是一对。",
    ),
    "tls.alert.too_many_cids_requested": (
        "对方的警报 52：被要求的连接 ID 太多",
        "更新节点的 TLS 库：这属于 DTLS，hopwatch 并不使用。",
    ),
    "tls.alert.export_restriction": (
        "对方的警报 60：密钥强度不符合出口规定",
        "更新节点的 TLS 库：这个警报出自九十年代。",
    ),
    "tls.alert.protocol_version": (
        "对方的警报 70：它不支持我们提供的任何 TLS 版本",
        "让节点提供 TLS 1.2 或 1.3。",
    ),
    "tls.alert.insufficient_security": (
        "对方的警报 71：它要求比我们提供的更强的加密",
        "让节点接受 TLS 1.2 和 1.3 的常用套件。",
    ),
    "tls.alert.internal_error": (
        "对方的警报 80：它因自身原因失败",
        "查看节点服务器的日志：例如读不了证书，或内存不足。",
    ),
    "tls.alert.inappropriate_fallback": (
        "对方的警报 86：它把我们的版本当成被迫的降级",
        "看途中是否有东西阻挡较新的 TLS 版本。",
    ),
    "tls.alert.user_canceled": ("对方的警报 90：那边有人取消了握手", _LOG),
    "tls.alert.no_renegotiation": ("对方的警报 100：它不重新协商", _UPDATE),
    "tls.alert.missing_extension": ("对方的警报 109：我们的握手中缺少它要的扩展", _HANDSHAKE),
    "tls.alert.unsupported_extension": ("对方的警报 110：它收到了并未要求的扩展", _HANDSHAKE),
    "tls.alert.certificate_unobtainable": (
        "对方的警报 111：它无法从我们给的地址取得证书",
        "更新节点的 TLS 库：hopwatch 并不给出这样的地址。",
    ),
    "tls.alert.unrecognized_name": (
        "对方的警报 112：它不为该服务器名提供服务",
        "把该名称加入服务器配置（nginx：`server_name`、`ssl_reject_handshake`），或在节点的 `url` 中改正。",
    ),
    "tls.alert.bad_certificate_status_response": (
        "对方的警报 113：它收到的证书未吊销证明有误",
        "修好节点的 OCSP 装订。",
    ),
    "tls.alert.bad_certificate_hash_value": ("对方的警报 114：某个证书与其哈希不符", _UPDATE),
    "tls.alert.unknown_psk_identity": (
        "对方的警报 115：它不认识该预共享密钥",
        "查明节点为何使用预共享密钥；hopwatch 没有。",
    ),
    "tls.alert.certificate_required": (
        "对方的警报 116：它要求客户端证书",
        "让受检的路径无需客户端证书即可访问；hopwatch 不发送。",
    ),
    "tls.alert.general_error": ("对方的警报 117：它失败了，没有别的警报说明原因", _LOG),
    "tls.alert.no_application_protocol": (
        "对方的警报 120：它不支持我们提供的任何应用协议",
        "把检查的 `alpn` 或 `protocol` 与节点服务器支持的比较。",
    ),
    "tls.alert.ech_required": (
        "对方的警报 121：它要求加密的 ClientHello",
        "让节点无需它也能访问；hopwatch 不发送。",
    ),
    "quic": (
        "无法建立 QUIC 连接，因此 HTTP/3 不可用",
        "只要同一端口的 TCP 正常，就无需处理：浏览器会退回 TCP。否则先查 TCP。",
    ),
    "quic.timeout": (
        "QUIC 握手没有应答，而同一端口的 TCP 正常",
        "放行 443 端口的 UDP，或不要向该网络的用户宣告 HTTP/3（`Alt-Svc`）；他们稍等片刻会退回 TCP。",
    ),
    "quic.timeout.sni": (
        "指名该主机的 QUIC 握手消失，而到同一地址的其他握手有应答",
        "不要向该网络的用户为此名称宣告 HTTP/3（`Alt-Svc`）；他们用 TCP 可以到达。",
    ),
}

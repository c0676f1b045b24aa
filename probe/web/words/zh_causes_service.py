"""Chinese for the causes of HTTP, relays, platforms, APIs, applications, speed and measuring: meaning, and what to do."""
# ruff: noqa: RUF001 - Chinese has punctuation of its own

from collections.abc import Mapping

SERVICE: Mapping[str, tuple[str, str]] = {
    "http": (
        "连接正常，但其上的 HTTP 交互没有得到想要的应答",
        "手动重复该请求（`curl -v`），并查看节点同一时刻的日志。",
    ),
    "http.reset": (
        "请求之后连接被重置",
        "查看节点的日志：它的程序或工作进程随请求一起崩溃了。若从境外正常，则是途中有人重置。",
    ),
    "http.reset.host": (
        "连接因明文请求的 Host 头而被重置",
        "节点请改用 https://：明文请求把名称暴露给途中的每个人。",
    ),
    "http.reset.stream": (
        "服务器在应答之前重置了请求的 HTTP/2 流",
        "查看节点的日志；设 `protocol: http/1.1` 可看出是否只有 HTTP/2 有问题。",
    ),
    "http.refused": (
        "服务器支持 HTTP/2 却不接受请求：它过载或即将停止",
        "看节点是否正在重启或没有可用的工作进程；同一请求可以立即重发。",
    ),
    "http.closed": (
        "请求之后对方未作应答就关闭了连接",
        "查看节点的日志：它的程序没有应答而是结束了连接，例如崩溃之后。",
    ),
    "http.closed.host": (
        "连接因明文请求的 Host 头而被关闭",
        "节点请改用 https://：明文请求把名称暴露给途中的每个人。",
    ),
    "http.stale_connection": (
        "保持着的连接已经结束，新建的连接正常",
        "无需处理：保持连接者须重发这样的请求。请让客户端的空闲时限短于服务器。",
    ),
    "http.timeout": ("应答没有及时到来", "看节点当时在做什么；各阶段显示它是开始得迟还是结束得迟。"),
    "http.timeout.first_byte": (
        "应答连一个字节都没有及时到来",
        "看节点在等什么：自己的工作还是下一个节点。一项由它自己应答的检查可以分辨。",
    ),
    "http.timeout.body": (
        "应答已经开始，却没有及时结束",
        "看是节点停止发送还是途中丢失：停滞的流指向源头，缓慢的字节指向路途。",
    ),
    "http.truncated": ("应答提前结束", "查看节点的日志：工作进程死亡、时限已到，或其后的节点中断。"),
    "http.version": (
        "服务器不支持检查要求的 HTTP 版本",
        "在节点上启用 HTTP/2，或把检查的 `protocol` 设为它支持的版本。",
    ),
    "http.protocol": ("应答不是有效的 HTTP", "看该端口上监听的是什么，以及中间是否有东西改动应答。"),
    "http.too_large": ("应答大于检查所允许的", "请求一个更小的路径，或提高检查的 `max_body`。"),
    "http.redirect_loop": (
        "重定向次数多于检查所允许的",
        "看证据中的地址：两条规则互相跳转，或检查的 `redirects` 太小。",
    ),
    "http.redirect_invalid": ("重定向无处可去", "改正节点发送的 `Location`：它没有主机，或根本不是地址。"),
    "http.status": (
        "状态码不是检查所期望的，也无从得知应答出自谁",
        "看证据中的状态码与摘录。nginx 的引入文件（config/relay）能让你自己的节点说明哪些应答是它自己做的。",
    ),
    "http.header": ("某个头不是检查所期望的", "把证据中的头与检查的 `header_matches` 比较，改正有误的一方。"),
    "http.body": (
        "正文不是检查所期望的",
        "把节点发送的内容与检查的 `body_matches` 比较：状态码 200 的错误页、另一个版本、别人的页面。",
    ),
    "http.encoding": (
        "请求要求不压缩而正文仍被压缩，因此无法检查",
        "让节点遵守 `Accept-Encoding: identity`，或去掉检查中关于正文的规则。",
    ),
    "http.challenge": (
        "应答的是人机验证，而不是服务本身",
        "在节点前面的服务上放行观测点的地址；使用浏览器的用户很可能能够通过。",
    ),
    "http.blockpage": (
        "应答的是封锁页，而不是服务本身",
        "使用 https:// 与加密解析器；证据中的页面会写明是谁的规则。",
    ),
    "http.injected_redirect": (
        "途中有人用自己的重定向应答明文请求",
        "节点请改用 https://，并为其名称启用严格传输安全（HSTS）：只有明文请求能在途中被应答。",
    ),
    "relay": ("某个节点代替其后的节点自行应答", "查看该节点的错误日志：应答没说的，日志里有一行说明。"),
    "relay.proxy": (
        "观测点的代理说它无法到达节点，但没有说明原因",
        "查看代理的日志和它的出口节点；绕过代理的观测点可以说明该节点是否正常。",
    ),
    "relay.proxy.closed": (
        "观测点的代理收下请求，未作回复就关闭了连接",
        "查看代理的日志：有些代理以结束连接代替说明无法到达。",
    ),
    "relay.proxy.timeout": (
        "观测点的代理收下了请求，但未能及时得知是否到达节点",
        "查看代理的出口节点：它或其后的节点沉默不答。",
    ),
    "relay.upstream": (
        "中转自己说它的上游失败了",
        "查看中转的错误日志；nginx 的引入文件（config/relay）能让它在应答中说明哪一步失败。",
    ),
    "relay.upstream.dns": (
        "中转无法解析其上游的名称",
        "检查中转的解析器（nginx：`resolver`、/etc/resolv.conf）和上游的名称。",
    ),
    "relay.upstream.refused": (
        "中转的上游拒绝了连接",
        "看下一个节点的程序是否在运行，并监听中转所用的端口。",
    ),
    "relay.upstream.unreachable": (
        "中转的上游无法到达",
        "检查中转自己的路由，以及它为上游解析到的地址，例如在没有 IPv6 的地方得到 IPv6 地址。",
    ),
    "relay.upstream.connect_timeout": (
        "中转的上游没有应答连接请求",
        "从中转上直接试连（在那里 `curl -v`）：两者之间的路或上游不通。",
    ),
    "relay.upstream.read_timeout": (
        "中转的上游收下请求，没有及时应答",
        "看上游在等什么。若确实需要这么久，请提高中转的时限（nginx：`proxy_read_timeout`）。",
    ),
    "relay.upstream.tls": (
        "中转与其上游的 TLS 握手失败",
        "让中转发送上游的名称（nginx：`proxy_ssl_server_name on`，默认关闭），并检查上游的证书。",
    ),
    "relay.upstream.closed": (
        "中转的上游关闭了连接",
        "查看上游当时的日志及其空闲时限：中转若把连接保持得更久，就会遇到这种情况。",
    ),
    "relay.upstream.no_live": (
        "中转认为所有上游都已失效，一个也不问",
        "查找此前的失败：达到 `max_fails` 次之后，nginx 在 `fail_timeout` 内谁也不问。",
    ),
    "relay.limited": (
        "中转自己限制了请求速率",
        "降低请求频率，或让观测点的地址不受中转限制（nginx：`limit_req`、`limit_conn`）。",
    ),
    "relay.misconfig": (
        "中转自己以配置错误应答",
        "查看中转的错误日志：它不转发的路径、对它来说太大的正文、磁盘已满。",
    ),
    "vercel": (
        "应答的是 Vercel 平台，而不是函数",
        "在 Vercel 文档中查 `x-vercel-error` 的代码，并查看部署的日志。",
    ),
    "vercel.function": ("函数没有给出应答", "在项目的控制台查看函数的日志。"),
    "vercel.function.timeout": (
        "函数超过了时限",
        "看它在等什么，多半是 API：更早应答、改为流式，或提高 `maxDuration`。",
    ),
    "vercel.function.crash": ("函数崩溃", "函数的日志里有异常；回退到上一个正常的部署立即有效。"),
    "vercel.function.throttled": (
        "平台对函数限流",
        "看同时运行的调用数和套餐的限额；若因探测所致，请降低探测频率。",
    ),
    "vercel.function.no_response": (
        "函数没有给出响应",
        "确认函数的每个分支都返回响应，且没有东西结束它的进程。",
    ),
    "vercel.deployment": ("没有可以应答的部署", "在控制台查看项目的部署与域名。"),
    "vercel.deployment.missing": ("部署不存在", "重新部署，或改正地址：它指向从未存在或已被删除的部署。"),
    "vercel.deployment.disabled": (
        "部署被暂停、停用或封禁",
        "在控制台查明原因：消费上限、欠费、套餐用尽，或平台封禁。",
    ),
    "vercel.firewall": ("应答的是平台的防火墙", "在控制台查看防火墙日志，放行探测和中转的地址。"),
    "vercel.firewall.challenge": (
        "平台的防火墙发出了验证",
        "关闭攻击模式，或给中转的地址一条绕过规则：没有程序能通过验证。",
    ),
    "vercel.firewall.denied": ("平台的防火墙拒绝了请求", "在防火墙日志中找到该规则，为中转的地址设例外。"),
    "vercel.firewall.rate_limited": (
        "平台防火墙的速率规则拒绝了请求",
        "为中转的地址提高该规则的上限：所有用户都来自它；或降低探测频率。",
    ),
    "vercel.request": ("平台说请求有误", "把检查的方法、路径和头与平台错误码的说明比较。"),
    "vercel.routing": (
        "平台找不到可以把请求送往的地方",
        "把路径与部署的路由比较（`vercel.json`、构建输出）。",
    ),
    "vercel.routing.dns": ("平台无法解析其目标", "检查部署的重写规则所指的名称及其域名区。"),
    "vercel.routing.external": ("平台无法到达其外部目标", "看部署的重写目标是否应答并持有有效证书。"),
    "vercel.routing.loop": ("平台发现了循环", "确认部署的重写与中转没有互相指向。"),
    "vercel.payload": (
        "正文大于平台所允许的",
        "减少发送量：Vercel 的函数只收发几兆字节的正文，或把应答改为流式。",
    ),
    "vercel.internal": ("平台内部故障", "查看平台的状态页并等待；你这边没有过错。"),
    "api": ("API 或其前面的边缘拒绝了请求，或发生故障", "阅读摘录中的错误，并查看服务商的状态页。"),
    "api.auth": ("API 拒绝了密钥", "确认密钥在函数读取的位置、完整、未被吊销，且有权使用该路径。"),
    "api.billing": ("API 要求付款", "付清账单或充值。"),
    "api.quota": ("API 配额用尽", "看应答的 `x-ratelimit-*` 头：写明是哪项限额、还剩多少、何时恢复。"),
    "api.quota.requests_minute": (
        "API 的每分钟请求数用尽",
        "把请求分散开，或等一分钟；带密钥的探测也要算上（`hopwatch config check`）。",
    ),
    "api.quota.requests_day": (
        "API 的每日请求数用尽",
        "等到 `x-ratelimit-reset-requests-day` 所示的时间，换套餐，或减少带密钥的探测。",
    ),
    "api.quota.tokens_minute": (
        "API 的每分钟 token 数用尽",
        "降低 `max_completion_tokens`：许多服务商预先计入，一次过大就能用完整分钟的额度。",
    ),
    "api.quota.tokens_day": ("API 的每日 token 数用尽", "等到当天结束，换套餐，或发送更短的提示。"),
    "api.overloaded": (
        "API 已满负荷；不是我们的配额问题",
        "过一会儿再试，间隔逐渐加长；同一服务商的其他模型可能有余量。",
    ),
    "api.request": ("API 无法处理该请求", "把请求与 API 文档比较；摘录中的信息说明它不满意什么。"),
    "api.request.invalid": ("API 说请求有误", "看函数或页面最近改了什么：错误信息写明了参数。"),
    "api.request.model_missing": (
        "API 不认识该模型或路径",
        "列出密钥可用的模型（`/v1/models`）；服务商会下线旧模型。",
    ),
    "api.server_error": ("API 内部故障", "查看服务商的状态页，稍后再试；你这边没有过错。"),
    "api.edge": ("API 前面的边缘代其应答", "保留摘录中的 ray id：服务商可以据此查询。"),
    "api.edge.blocked": (
        "API 的边缘封锁了我们",
        "换一个地址或地区请求；页面中的编号（1005 至 1020）说明是哪条规则。",
    ),
    "api.edge.blocked.geo": (
        "API 的边缘封锁了我们所在的国家或地区",
        "让函数在 API 服务的地区运行（Vercel：`regions`，或项目设置）。",
    ),
    "api.edge.rate_limited": ("API 的边缘限制了速率", "从该地址降低请求频率；这不是密钥的配额。"),
    "api.edge.origin": (
        "API 的边缘无法到达其源站",
        "查看服务商的状态页并等待。若是你自己的页面，请检查其源站。",
    ),
    "app": ("各节点正常，而其上的应用没有完成自己的工作", "看最近部署了什么：函数的代码或页面。"),
    "app.upstream": (
        "函数自己的代码说它的上游失败了",
        "查看函数的日志。config/relay 中的代码片段能让它在应答中说明哪一步失败。",
    ),
    "app.error": ("函数自己的代码以错误应答", "在函数的日志中查找异常，并检查其环境变量。"),
    "app.stale": (
        "页面比检查所允许的更旧，或不是期望的版本",
        "清空提供该页面的边缘缓存，或看上次部署是否成功。",
    ),
    "app.config_stale": (
        "页面调用的地址已不再使用",
        "把中转现在的名称写入页面并部署；在缓存清空之前保留旧名称。",
    ),
    "app.cors": (
        "应答不允许页面所在的浏览器使用它",
        "在生成应答之处设置 CORS 头，或统一在中转上设置；证据中有收到的内容。",
    ),
    "app.cors.status": (
        "预检请求没有得到成功应答，浏览器因此不会从页面发出请求",
        "在要求密钥之前，让 OPTIONS 以 204 应答。",
    ),
    "app.cors.origin": (
        "应答不允许该来源的页面读取它",
        "发送 `Access-Control-Allow-Origin`，值为页面的来源或 `*`。",
    ),
    "app.cors.credentials": (
        "页面携带 cookie 时，应答不允许其读取",
        "发送 `Access-Control-Allow-Credentials: true` 并写明来源：携带 cookie 时 `*` 无效。",
    ),
    "app.cors.method": ("预检的应答不允许该方法", "把该方法加入 `Access-Control-Allow-Methods`。"),
    "app.cors.headers": (
        "预检的应答不允许请求的某个头",
        "把该头加入 `Access-Control-Allow-Headers`；`authorization` 必须写明，`*` 不包括它。",
    ),
    "app.cors_masked": (
        "错误应答缺少让页面读取的头，浏览器因此只显示不明的失败",
        "错误应答也要带 CORS 头（nginx：`add_header ... always`），让用户看到错在哪里。",
    ),
    "perf": ("可用，但缓慢或有丢失", "把各阶段与一小时前、与其他观测点比较：变长的那个说明位置。"),
    "perf.loss": ("无论发送什么，途中都有丢包", "`trace` 类检查显示从哪里开始丢；用 Wi-Fi 时先看信号。"),
    "perf.congestion": (
        "在某些时段，某个出口之外的一切都缓慢且丢包",
        "让用户或中转走避开拥堵出口的线路，例如另一家运营商；夜间会自行缓解。",
    ),
    "perf.throttled": ("速率在途中被压低", "用另一个端口、地址或名称比较吞吐，找出限速所依据的，再改变它。"),
    "perf.throttled.sni": (
        "带这个服务器名的连接被限速",
        "用另一个名称访问节点：换名之后，同一地址恢复应有的速度。",
    ),
    "perf.latency_step": (
        "往返时间突然升高并维持",
        "把之前的 `trace` 与现在的比较：走了另一条路由。其运营商可以更改。",
    ),
    "perf.cold_start": ("函数需要先启动", "用户能等就无需处理；否则保持其预热，或减小它加载的内容。"),
    "perf.buffered_stream": (
        "流一次性到达，因为途中有人将其攒在一起",
        "在流经过之处关闭缓冲（nginx：`proxy_buffering off`，或应答中 `X-Accel-Buffering: no`）。",
    ),
    "perf.slow_upstream": (
        "节点很快，它所询问的很慢",
        "看下一个节点：由这个节点自己应答的检查一如既往地快。",
    ),
    "meta": ("测量本身不足以对节点作出判断", "检查负责测量的机器，再用 `hopwatch check` 询问一次。"),
    "meta.probe_suspended": (
        "探测期间，本程序有一段时间没有运行",
        "休眠过的笔记本无需处理。在服务器上，请查明什么停住了进程（`journalctl`、虚拟机的宿主）。",
    ),
    "meta.late": (
        "本程序太迟，分不清应答是慢还是没有",
        "给机器更多资源，或减少检查；`hopwatch_schedule_lag_seconds` 显示迟了多少。",
    ),
    "meta.clock_step": (
        "探测期间，本机的时钟被调整",
        "偶尔一次无妨。否则只让一个程序管理时钟，并用渐进方式校准（`chronyc tracking`）。",
    ),
    "meta.control_unreachable": (
        "用来与失败对照的对象也无法到达",
        "确认配置中的 `anchors` 与可信解析器从这个观测点可用，或换成别的。",
    ),
    "meta.residual_window": (
        "先前的询问可能仍在受罚，现在的失败说明不了什么",
        "等三分钟再问；同一地址之后的其他观测点也一同受罚。",
    ),
    "meta.agent_silent": (
        "代理端已停止报告",
        "看它的机器是否开着、`hopwatch run` 是否在运行；在此之前，它所观测的一切均未知。",
    ),
    "meta.self_inflicted": (
        "是探测本身造成的",
        "降低探测频率，或不带密钥：`hopwatch config check` 显示探测占用了各项限额多少。",
    ),
    "meta.proxied_vantage": (
        "观测点与节点之间有本地代理，这本身不是故障",
        "在配置中声明（`system: {proxied: true}`），使其耗时与节点的分开。",
    ),
    "meta.insufficient": (
        "所见太少，无法判断是否有问题",
        "再问一次，用更长的 `timeout` 或更多数据包；从第二个观测点能看到更多。",
    ),
    "meta.rule_timeout": ("检查的某条内容规则耗时太长", "简化正则表达式：嵌套的重复需要指数级时间。"),
    "meta.no_address": (
        "节点没有该协议族（IPv4、IPv6）的地址，因此无可测量",
        "若本就不该有，则无需处理；请在节点的 `families` 中写明它有的协议族。",
    ),
    "meta.bug": (
        "hopwatch 的缺陷；请报告",
        "报告时请附上日志中的 `probe.broke` 行和版本（`hopwatch --version`）。",
    ),
}

"""Chinese for what other parts of the program say in English, found by pattern: places, sureties, details, notes."""
# ruff: noqa: RUF001 - Chinese has punctuation of its own

from collections.abc import Mapping

from probe.web.words.zh_details import DETAILS

_WORDS: Mapping[str, str] = {
    # verdicts
    "works all the same": "仍然可用",
    "down": "不可用",
    "blocked": "被阻断",
    "degraded": "降级",
    "nobody can tell": "无从判断",
    # places
    "one vantage alone cannot tell where": "仅凭一个观测点无法判断位置",
    "this machine, {name}": "本机 {name}",
    "{name}'s own network": "{name} 自己的网络",
    "the local proxy of {name}": "{name} 的本地代理",
    "the provider {name}": "运营商 {name}",
    "the way out of {provider} to {region}": "{provider} 通往 {region} 的出口",
    "the resolver {name}": "解析器 {name}",
    "on the way from {provider} to {hop}": "从 {provider} 到 {hop} 的途中",
    "the point of presence {pop} of {hop}": "{hop} 的接入点 {pop}",
    "{hop} itself": "{hop} 本身",
    "between {near} and {far}": "{near} 与 {far} 之间",
    "the quota of {key} at {hop}": "{hop} 处 {key} 的配额",
    "the key {key} at {hop}": "{hop} 处的密钥 {key}",
    "the platform {name}": "平台 {name}",
    "our own names in DNS, {zone}": "我们自己的域名 {zone}",
    # sureties
    "not enough evidence to say more": "证据不足，无法多说",
    "uncertain: what was seen has passed, or contradicts itself": "不确定：所见已过去，或自相矛盾",
    "by the probe alone: nothing else was asked, or it told no more": "仅凭探测本身：没有旁证，或旁证没有更多信息",
    "what else was asked does not tell more": "旁证没有提供更多信息",
    "shown by {count} more answer": "另有 {count} 个应答为证",
    "shown by {count} more answers": "另有 {count} 个应答为证",
    # what was asked beside, and what came
    "the {type} record of {name} from {resolver}": "向 {resolver} 查询 {name} 的 {type} 记录",
    "a connection with {endpoint}": "与 {endpoint} 建立连接",
    "a TLS handshake with {endpoint}, naming {name}": "与 {endpoint} 进行 TLS 握手，指名 {name}",
    "a TLS handshake with {endpoint}, naming no host": "与 {endpoint} 进行 TLS 握手，不指名主机",
    "a TLS handshake with {endpoint}": "与 {endpoint} 进行 TLS 握手",
    "a ping to {address}": "ping {address}",
    "the way to {address} by {protocol}": "用 {protocol} 追踪到 {address} 的路",
    "it failed": "失败",
    "answered": "有应答",
    "status {code}": "状态码 {code}",
    # nothing to show
    "no IPv6 address": "没有 IPv6 地址",
    "no IPv6 address known": "不知道 IPv6 地址",
    "no IPv6 from here": "此处没有 IPv6",
    "IPv6 is broken here": "此处 IPv6 不通",
    # uplinks
    "no default route leaves by {name}": "没有经由 {name} 的默认路由",
    "there is no default route": "没有默认路由",
    "no interface has the address {address}": "没有网卡持有地址 {address}",
    "what is sent from {address} does not leave by {name}": "从 {address} 发出的数据不经由 {name}",
    "the default route moved from {name} to {other}": "默认路由从 {name} 移到了 {other}",
    "the default route of {family} by {name} went": "{name} 的 {family} 默认路由消失",
    "{name} got another gateway, {address}": "{name} 换了网关：{address}",
    "{name} has no link": "{name} 没有链路",
    "{name} is called {other} now": "{name} 现名 {other}",
    "{name} lost its address {address}": "{name} 失去地址 {address}",
    "{name} lost its address {address} for a moment": "{name} 短暂失去地址 {address}",
    "{name} lost its link for a moment": "{name} 短暂失去链路",
    "{name} was removed": "{name} 被移除",
    "the network had been there for {seconds} s only": "该网络只存在了 {seconds} 秒",
    "there is no interface {name}": "没有网卡 {name}",
    "{name} has no address": "{name} 没有地址",
    "{name} is switched off": "{name} 已停用",
    # paths
    "refused there": "在那里被拒绝",
    "the packets run in a circle": "数据包兜圈",
    "longer than the check looks": "超出检查所看的长度",
    "nobody answers behind": "其后无人应答",
    "there was no time for more": "没有时间继续",
    "no packets were left for more": "没有数据包可继续",
    "limits its answers": "限制应答",
    "loss from here on": "从这里开始丢包",
    "refuses": "拒绝",
    # notes
    "The web configuration was refused when it was last read; the rules before stay at work.": "网页访问配置在最近一次读取时被拒绝；仍使用之前的规则。",
    "The store cannot be written; {count} records wait in memory.": "存储无法写入；{count} 条记录在内存中等待。",
    "A damaged store was moved aside at the start; an empty one was begun.": "启动时发现存储损坏，已移开并新建了空存储。",
    "IPv6 does not work from {vantage}: {failing} of {known} hosts cannot be reached by it, while IPv4 can. What fails by IPv6 there is not held against them.": "{vantage} 的 IPv6 不通：{known} 台主机中有 {failing} 台经 IPv6 无法到达，而 IPv4 可以。该处 IPv6 的失败不计入节点。",
    "{vantage}: {detail}.": "{vantage}：{detail}。",
}

SAID: Mapping[str, str] = {**_WORDS, **DETAILS}

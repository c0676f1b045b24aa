"""Who is told beside Alertmanager: the channels that messages go out by, and the one task that sends them.

A channel is its options: a frozen dataclass that makes requests of messages and reads the answers, without any I/O but that
it reads its secrets. A new one is one file and one line in `CHANNELS`.
"""

from collections.abc import Mapping

from probe.notifier.channel import Channel
from probe.notifier.dingtalk import DingTalk
from probe.notifier.feishu import Feishu
from probe.notifier.slack import Slack
from probe.notifier.telegram import Telegram
from probe.notifier.webhook import Webhook
from probe.notifier.wecom import WeCom

CHANNELS: Mapping[str, type[Channel]] = {
    "webhook": Webhook,
    "slack": Slack,
    "telegram": Telegram,
    "feishu": Feishu,
    "dingtalk": DingTalk,
    "wecom": WeCom,
}

__all__ = ["CHANNELS", "Channel"]

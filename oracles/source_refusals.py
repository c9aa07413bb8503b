"""Refusals and flags of readings and files that devices and plants send: rule, what is wrong, what would be valid."""

from typing import Final

Texts = tuple[str, str, str, str, str]

#: A refused reading is filed with its reason and counts for nothing.
REFUSED: Final[dict[str, Texts]] = {
    "NotReading": (
        "M-01",
        "不符合读数格式：{field} 无效。",
        "not a reading: {field} is not valid.",
        "device、sequence、time、kind、value、unit、signature，写法见 docs/devices.md。",
        "device, sequence, time, kind, value, unit, signature as docs/devices.md spells them.",
    ),
    "Unsigned": (
        "M-02",
        "设备 {device} 的读数没有签名。",
        "the reading of device {device} carries no signature.",
        "由设备密钥签署的读数。",
        "a reading signed with the device's key.",
    ),
    "UnknownDevice": (
        "M-03",
        "设备 {device} 未登记。",
        "device {device} is not in the register.",
        "先以 registry oracle source device 登记设备。",
        "register the device first: registry oracle source device.",
    ),
    "RetiredDevice": (
        "M-04",
        "设备 {device} 已于 {since} 停用。",
        "device {device} is retired since {since}.",
        "在用设备的读数。",
        "a reading of a device in use.",
    ),
    "WrongSignature": (
        "M-05",
        "签名不是设备 {device} 的。",
        "the signature is not that of device {device}.",
        "以登记的设备密钥对规范字节签名。",
        "a signature of the registered key over the canonical bytes.",
    ),
    "WrongQuantity": (
        "M-06",
        "设备 {device} 登记为 {expected}，读数为 {given}。",
        "device {device} is registered for {expected}, the reading is {given}.",
        "登记的数据项与单位。",
        "the quantity and unit of the register.",
    ),
    "Replayed": (
        "M-07",
        "设备 {device} 第 {sequence} 号读数已收过。",
        "reading {sequence} of device {device} was received before.",
        "每个读数只发一次；无须处理。",
        "each reading once; nothing needs to be done.",
    ),
    "SequenceReused": (
        "M-08",
        "设备 {device} 以第 {sequence} 号签署了两个不同读数：已收 {stored}，现为 {given}。",
        "device {device} signed two different readings numbered {sequence}: {stored} is stored, {given} came now.",
        "每个序号只用一次；请检查设备与其密钥。",
        "one reading per number; have the device and its key examined.",
    ),
    "ClockAhead": (
        "M-09",
        "读数时间 {time} 比接收时间快 {ahead} 秒，至多 {most} 秒。",
        "the time {time} is {ahead} s ahead of its receipt, at most {most} s is right.",
        "校准设备时钟后以新序号重发。",
        "set the device's clock, then send it under a new number.",
    ),
    "NotSourceFile": (
        "M-10",
        "文件不能使用：{detail_zh}。",
        "the file cannot be used: {detail}.",
        "按所列位置与规则改正后重发。",
        "correct it by the places and rules named, then send it again.",
    ),
    "BadRegistration": (
        "M-11",
        "登记内容有误：{detail_zh}。",
        "the registration is wrong: {detail}.",
        "{valid_zh}",
        "{valid}",
    ),
}

#: A flagged reading is stored; the flag stays with it and whoever uses it sees it.
FLAGS: Final[dict[str, Texts]] = {
    "OutOfOrder": (
        "M-20",
        "序号 {sequence} 晚于 {newest} 到达。",
        "number {sequence} came after {newest}.",
        "按序发送；补发的读数保留此标记。",
        "readings in order; one sent later keeps this mark.",
    ),
    "Gap": (
        "M-21",
        "第 {first} 至 {last} 号尚未收到。",
        "numbers {first} to {last} have not arrived.",
        "补发缺失的读数。",
        "send the missing readings.",
    ),
    "ClockBack": (
        "M-22",
        "时间 {time} 与相邻序号的时间 {other} 次序不符。",
        "the time {time} does not follow the order of numbers, the neighbour says {other}.",
        "序号增大时时间不倒退；请检查设备时钟。",
        "times that rise with the numbers; have the clock examined.",
    ),
    "Late": (
        "M-23",
        "读数晚到 {late} 秒，超过 {most} 秒。",
        "the reading came {late} s late, more than {most} s.",
        "及时上传。",
        "readings in time.",
    ),
    "OutOfRange": (
        "M-24",
        "读数 {value} 不在量程 {low} 至 {high} 内。",
        "the value {value} is outside the range {low} to {high}.",
        "检查仪表，说明工况或更正。",
        "have the instrument examined; explain or correct.",
    ),
    "MeterExpired": (
        "D-16a",
        "计量器具 {meter} 在 {day} 没有有效证书。",
        "meter {meter} has no valid certificate on {day}.",
        "补登检定或校准证书；否则按保守规则处理。",
        "register the certificate of verification or calibration, else the conservative rule applies.",
    ),
}

TEXTS: Final[dict[str, Texts]] = {**REFUSED, **FLAGS}

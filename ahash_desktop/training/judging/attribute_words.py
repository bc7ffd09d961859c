"""Attributes in plain words, in English and in Chinese.

The labels of CUB-200-2011 ("has_throat_color::red") are turned round: "red throat", "红色的喉部".
What the program makes of the names of cars ("body_type::convertible") has names of its own.
"""

import re

_PARTS = {
    "back": "背部",
    "belly": "腹部",
    "bill": "喙",
    "breast": "胸部",
    "crown": "头顶",
    "eye": "眼睛",
    "forehead": "前额",
    "head": "头部",
    "leg": "腿",
    "nape": "后颈",
    "tail": "尾",
    "throat": "喉部",
    "under tail": "尾下",
    "underparts": "下体",
    "upper tail": "尾上",
    "upperparts": "上体",
    "wing": "翅",
}
_VALUES = {
    "black": "黑色",
    "blue": "蓝色",
    "brown": "褐色",
    "buff": "浅黄褐色",
    "green": "绿色",
    "grey": "灰色",
    "iridescent": "虹彩色",
    "olive": "橄榄色",
    "orange": "橙色",
    "pink": "粉色",
    "purple": "紫色",
    "red": "红色",
    "rufous": "赤褐色",
    "white": "白色",
    "yellow": "黄色",
    "solid": "纯色",
    "spotted": "带斑点",
    "striped": "带条纹",
    "multi-colored": "多色",
}
_WHOLE = {
    "has_bill_length::about_the_same_as_head": ("bill about as long as head", "喙约与头等长"),
    "has_bill_length::longer_than_head": ("bill longer than head", "喙比头长"),
    "has_bill_length::shorter_than_head": ("bill shorter than head", "喙比头短"),
    "has_bill_shape::curved_(up_or_down)": ("curved bill", "弯曲的喙"),
    "has_bill_shape::dagger": ("dagger-shaped bill", "匕首形的喙"),
    "has_bill_shape::hooked": ("hooked bill", "钩形的喙"),
    "has_bill_shape::needle": ("needle-like bill", "针形的喙"),
    "has_bill_shape::hooked_seabird": ("hooked seabird bill", "海鸟式钩形的喙"),
    "has_bill_shape::spatulate": ("spatulate bill", "匙形的喙"),
    "has_bill_shape::all-purpose": ("all-purpose bill", "通用型的喙"),
    "has_bill_shape::cone": ("cone-shaped bill", "圆锥形的喙"),
    "has_bill_shape::specialized": ("specialised bill", "特化的喙"),
    "has_tail_shape::forked_tail": ("forked tail", "叉形尾"),
    "has_tail_shape::rounded_tail": ("rounded tail", "圆尾"),
    "has_tail_shape::notched_tail": ("notched tail", "凹形尾"),
    "has_tail_shape::fan-shaped_tail": ("fan-shaped tail", "扇形尾"),
    "has_tail_shape::pointed_tail": ("pointed tail", "尖尾"),
    "has_tail_shape::squared_tail": ("squared tail", "方尾"),
    "has_head_pattern::spotted": ("spotted head", "头部带斑点"),
    "has_head_pattern::malar": ("malar stripe", "颊纹"),
    "has_head_pattern::crested": ("crested head", "有羽冠"),
    "has_head_pattern::masked": ("masked face", "有脸罩"),
    "has_head_pattern::unique_pattern": ("unique head pattern", "独特的头部图案"),
    "has_head_pattern::eyebrow": ("eyebrow stripe", "有眉纹"),
    "has_head_pattern::eyering": ("eye ring", "有眼圈"),
    "has_head_pattern::plain": ("plain head", "头部无图案"),
    "has_head_pattern::eyeline": ("eye line", "有贯眼纹"),
    "has_head_pattern::striped": ("striped head", "头部带条纹"),
    "has_head_pattern::capped": ("capped head", "有顶冠色块"),
    "has_wing_shape::rounded-wings": ("rounded wings", "圆翅"),
    "has_wing_shape::pointed-wings": ("pointed wings", "尖翅"),
    "has_wing_shape::broad-wings": ("broad wings", "宽翅"),
    "has_wing_shape::tapered-wings": ("tapered wings", "渐狭的翅"),
    "has_wing_shape::long-wings": ("long wings", "长翅"),
    "has_size::large_(16_-_32_in)": ("large bird", "大型鸟"),
    "has_size::small_(5_-_9_in)": ("small bird", "小型鸟"),
    "has_size::very_large_(32_-_72_in)": ("very large bird", "特大型鸟"),
    "has_size::medium_(9_-_16_in)": ("medium-sized bird", "中型鸟"),
    "has_size::very_small_(3_-_5_in)": ("very small bird", "特小型鸟"),
    "has_shape::upright-perching_water-like": ("upright water bird", "直立的水鸟体形"),
    "has_shape::chicken-like-marsh": ("chicken-like marsh bird", "鸡形的沼泽鸟体形"),
    "has_shape::long-legged-like": ("long-legged shape", "长腿鸟体形"),
    "has_shape::duck-like": ("duck-like shape", "鸭形"),
    "has_shape::owl-like": ("owl-like shape", "鸮形"),
    "has_shape::gull-like": ("gull-like shape", "鸥形"),
    "has_shape::hummingbird-like": ("hummingbird-like shape", "蜂鸟形"),
    "has_shape::pigeon-like": ("pigeon-like shape", "鸽形"),
    "has_shape::tree-clinging-like": ("tree-clinging shape", "攀树鸟体形"),
    "has_shape::hawk-like": ("hawk-like shape", "鹰形"),
    "has_shape::sandpiper-like": ("sandpiper-like shape", "鹬形"),
    "has_shape::upland-ground-like": ("upland ground bird", "陆地走禽体形"),
    "has_shape::swallow-like": ("swallow-like shape", "燕形"),
    "has_shape::perching-like": ("perching bird shape", "栖鸟体形"),
    "body_type::sedan": ("sedan", "轿车"),
    "body_type::suv": ("SUV", "运动型多用途车"),
    "body_type::coupe": ("coupé", "双门轿跑车"),
    "body_type::convertible": ("convertible", "敞篷车"),
    "body_type::hatchback": ("hatchback", "掀背车"),
    "body_type::wagon": ("estate car", "旅行车"),
    "body_type::pickup": ("pickup", "皮卡"),
    "body_type::van": ("van", "厢式车"),
    "doors::two": ("two doors", "双门"),
    "doors::four": ("four doors", "四门"),
    "decade::1990s": ("from the 1990s", "20世纪90年代"),
    "decade::2000s": ("from the 2000s", "2000年代"),
    "decade::2010s": ("from the 2010s", "2010年代"),
}
_NOUNS = {"eye": ("{} eyes", "{}的眼睛"), "leg": ("{} legs", "{}的腿")}


def in_english(attribute: str) -> str:
    """The name of an attribute in plain English; a label that is not known stays as it is."""
    return _name(attribute, 0)


def in_chinese(attribute: str) -> str | None:
    """The name of an attribute in Chinese; None for a label that is not known."""
    named = _name(attribute, 1)
    return None if named == attribute else named


def _name(attribute: str, language: int) -> str:
    if attribute in _WHOLE:
        return _WHOLE[attribute][language]
    if attribute.startswith("make::"):
        return attribute.removeprefix("make::")
    match = re.fullmatch(r"has_(\w+)_(color|pattern)::([\w-]+)", attribute)
    if match is None:
        return attribute
    part, kind, value = match[1].replace("_", " "), match[2], match[3]
    if value not in _VALUES or (part != "primary" and part not in _PARTS):
        return attribute
    said = (value.replace("colored", "coloured"), _VALUES[value])[language]
    if part == "primary":
        return (f"mostly {said}", f"主要为{said}")[language]
    if part in _NOUNS:
        return _NOUNS[part][language].format(said)
    if kind == "pattern":
        return (f"{said} {part}", f"{_PARTS[part]}{said}")[language]
    return (f"{said} {part}", f"{said}的{_PARTS[part]}")[language]

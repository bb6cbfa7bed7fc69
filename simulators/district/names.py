"""Names for the invented district: its streets and towns are those of Haishu, Ningbo; everybody in it is invented."""

from __future__ import annotations

DISTRICT = ("hs", "海曙区", "Haishu District")
STREETS: tuple[tuple[str, str, str, int], ...] = (
    ("nanmen", "南门街道", "Nanmen Street", 8),
    ("jiangxia", "江厦街道", "Jiangxia Street", 5),
    ("ximen", "西门街道", "Ximen Street", 8),
    ("yuehu", "月湖街道", "Yuehu Street", 6),
    ("gulou", "鼓楼街道", "Gulou Street", 6),
    ("baiyun", "白云街道", "Baiyun Street", 7),
    ("duantang", "段塘街道", "Duantang Street", 6),
    ("wangchun", "望春街道", "Wangchun Street", 7),
    ("shiqi", "石碶街道", "Shiqi Street", 6),
    ("gaoqiao", "高桥镇", "Gaoqiao Town", 6),
    ("hengjie", "横街镇", "Hengjie Town", 4),
    ("jishigang", "集士港镇", "Jishigang Town", 6),
    ("gulin", "古林镇", "Gulin Town", 6),
    ("dongqiao", "洞桥镇", "Dongqiao Town", 3),
    ("yinjiang", "鄞江镇", "Yinjiang Town", 3),
    ("zhangshui", "章水镇", "Zhangshui Town", 3),
    ("longguan", "龙观乡", "Longguan Township", 2),
)
"""Id, names, and how many communities it has here: nine streets, seven towns and a township."""
FIRST = "春秋东南永安明新长福康乐和平清泉石莲桂竹"
SECOND = "苑园里坊桥河塘湖门台"
SECOND_EN = ("yuan", "garden", "lane", "fang", "bridge", "river", "pond", "lake", "gate", "terrace")
FAMILY = "王李张陈林周吴徐孙胡朱高何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘"
GIVEN = "秀兰桂英玉珍凤霞建国志明文华美芳海燕丽娟小红春梅国强家明淑珍阿根阿娣月琴水生宝根彩娣"
RELATIONS = ("儿子", "女儿", "侄女", "邻居", "孙子")
SKILLS = ("急救", "宁波话", "水电", "心理陪伴", "开锁")
ORGANISATIONS = ("清泉公益服务中心", "和平助老社", "春晖志愿队")

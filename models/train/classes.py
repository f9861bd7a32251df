"""What the street detector tells apart, and what the teacher's words mean in it."""

CLASSES = (
    "person", "bicycle", "ebike", "car", "truck", "bus", "three_wheeler", "umbrella", "stall", "cart", "goods", "rack",
    "table", "chair", "sign", "garbage_bag", "garbage", "garbage_bin", "overflow", "carton", "board", "brick_pile",
    "sand_pile", "furniture", "pallet",
)  # fmt: skip
INDEX = {name: i for i, name in enumerate(CLASSES)}

# Classes of the street that pictures cannot tell apart at a camera's size are one.
MERGED = {"van": "car", "motorcycle": "ebike"}

# COCO's 80 names in their order, as far as they mean something here: index -> class.
TEACHER = {
    0: "person", 1: "bicycle", 2: "car", 3: "ebike", 5: "bus", 7: "truck", 25: "umbrella", 56: "chair", 60: "table",
}  # fmt: skip
# A doubtful box of these is no proof of the other's absence.
VEHICLES = ("car", "truck", "bus")


def index(name):
    """The class index of a label, or None where the detector has no such class."""
    return INDEX.get(MERGED.get(name, name))

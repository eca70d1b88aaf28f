"""Draw pictures of docs/data.md and docs/explain.md: four painted scenes, augmented by recipes, and one explained.

python docs/pictures/scenes.py
"""

import tempfile
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

import keras_resnets as kr

HERE = Path(__file__).parent
CROP = "area 8 to 100 %, aspect 3/4 to 4/3, 96 crop, flip"
PICTURES = {
    "scale": "shorter side in [110, 206], 96 crop, flip, PCA colour",
    "area": f"{CROP}, colour jitter, PCA colour",
    "trivial": f"{CROP}, TrivialAugment wide, random erasing 0.5",
    "rand": f"{CROP}, RandAugment 7 / 0.5, mixup 0.2 or CutMix 1.0",
}
IN_MEMORY = "padding 4, 32 crop, flip, colour jitter, cutout 16"
# Sky above and below, ground, and what stands on it.
SCENES = (
    ((70, 130, 220), (200, 225, 250), (80, 140, 60), "house"),
    ((250, 120, 60), (255, 220, 150), (60, 60, 90), "trees"),
    ((30, 30, 80), (120, 80, 140), (40, 70, 110), "boat"),
    ((140, 200, 240), (240, 245, 255), (225, 190, 120), "balls"),
)


def scene(above, below, ground, kind, height=240, width=320):
    """One painting."""
    random = np.random.default_rng(0)
    share = np.linspace(0, 1, height)[:, None, None]
    pixels = np.broadcast_to((1 - share) * above + share * below, (height, width, 3)).copy()
    pixels[150:] = np.array(ground) * (0.7 + 0.3 * np.linspace(1, 0, height - 150)[:, None, None])
    pixels += random.normal(0, 6, pixels.shape)
    image = Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    draw.ellipse((240, 20, 290, 70), fill=(255, 240, 170))
    if kind == "house":
        draw.rectangle((90, 100, 200, 190), fill=(190, 80, 60))
        draw.polygon(((75, 100), (145, 45), (215, 100)), fill=(90, 50, 50))
        draw.rectangle((110, 120, 135, 145), fill=(250, 240, 180))
        draw.rectangle((155, 135, 182, 190), fill=(80, 60, 110))
    if kind == "trees":
        for x, size in ((60, 50), (140, 75), (230, 60)):
            draw.rectangle((x - 6, 150, x + 6, 205), fill=(70, 45, 30))
            draw.polygon(((x - size // 2, 165), (x, 165 - 2 * size), (x + size // 2, 165)), fill=(20, 80, 60))
    if kind == "boat":
        draw.polygon(((80, 170), (230, 170), (200, 205), (110, 205)), fill=(210, 200, 190))
        draw.polygon(((150, 50), (150, 160), (215, 160)), fill=(240, 230, 220))
        draw.polygon(((145, 70), (145, 160), (100, 160)), fill=(200, 60, 70))
    if kind == "balls":
        for x, y, size, colour in (
            (80, 170, 40, (220, 40, 50)),
            (170, 185, 30, (40, 90, 200)),
            (250, 160, 48, "green"),
        ):
            draw.ellipse((x - size, y - size, x + size, y + size), fill=colour)
    return image.filter(ImageFilter.GaussianBlur(0.7))


def main():
    """Paint the scenes and draw their grids."""
    with tempfile.TemporaryDirectory() as root:
        for split in ("train", "val"):
            for number, colours_and_kind in enumerate(SCENES):
                folder = Path(root, split, str(number))
                folder.mkdir(parents=True)
                scene(*colours_and_kind).save(folder / "scene.png")
        images = kr.data.from_folder(root)
        for name, words in PICTURES.items():
            kr.data.show(images.augmented(words), HERE / f"augmentation_{name}.jpg", images=4, draws=7, seed=3)
    small = [np.asarray(scene(*row).resize((32, 32), Image.Resampling.BOX)) for row in SCENES]
    split = kr.data.Split(np.stack(small), np.arange(len(small)))
    images = kr.data.ImageSet("scenes", tuple("0123"), split, split, kr.data.Augmentation()).augmented(IN_MEMORY)
    kr.data.show(images, HERE / "augmentation_memory.jpg", images=4, draws=7, seed=3)
    explain_boat()


def explain_boat():
    """Draw the heat map of the painted boat."""
    with tempfile.TemporaryDirectory() as root:
        boat = Path(root, "boat.png")
        scene(*next(row for row in SCENES if row[-1] == "boat")).save(boat)
        kr.explain("resnet20@cifar10", boat).figure(HERE / "explanation.png")


if __name__ == "__main__":
    main()

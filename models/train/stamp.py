"""What a camera or a recorder writes into its picture: the time, the camera's name, a mark in a corner. None of it is a thing of the
street, and a network that never saw any takes digits for cars and persons.
"""

import cv2
import numpy as np

FONTS = (cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_PLAIN, cv2.FONT_HERSHEY_COMPLEX)
# Height of a letter as a share of the picture's: recorders offer 16 to 64 pixels on 720 lines, older cameras larger ones.
HEIGHTS = (0.025, 0.075)
COLOURS = ((255, 255, 255), (255, 255, 255), (255, 255, 255), (0, 0, 0), (255, 255, 0), (0, 255, 0))


def layer(w, h, rng):
    """Colours (h x w x 3) and how much they cover (h x w, 0..1) of one to three stamps."""
    colour, cover = np.zeros((h, w, 3), np.uint8), np.zeros((h, w), np.uint8)
    for corner in rng.permutation(4)[: rng.integers(1, 4)]:
        tall = max(5, round(h * np.exp(rng.uniform(*np.log(HEIGHTS)))))
        dice = rng.random()
        mask = emblem(tall * 2, rng) if dice < 0.15 else signs(tall, rng) if dice < 0.4 else letters(tall, rng)
        mask = mask[:h, :w]
        mh, mw = mask.shape
        margin = rng.uniform(0.005, 0.06, 2) * (w, h)
        x, y = (min(int(m), room) for m, room in zip(margin, (w - mw, h - mh)))
        x, y = (w - mw - x if corner & 1 else x), (h - mh - y if corner & 2 else y)
        ink = np.array(COLOURS[rng.integers(len(COLOURS))], np.uint8)
        window = np.s_[y : y + mh, x : x + mw]
        if rng.random() < 0.5:
            rim = cv2.dilate(mask, np.ones((3, 3), np.uint8))
            colour[window][rim > 0] = 255 - ink
            cover[window] = np.maximum(cover[window], rim)
        colour[window][mask > 0] = ink
        cover[window] = np.maximum(cover[window], mask)
    return colour, (cover / 255 * rng.uniform(0.7, 1.0)).astype(np.float32)


def stamped(image, rng):
    h, w = image.shape[:2]
    colour, cover = layer(w, h, rng)
    cover = cover[:, :, None]
    return (image * (1 - cover) + colour * cover).astype(np.uint8)


def letters(tall, rng):
    """A time or a name in letters of this height."""
    n = lambda low, high: int(rng.integers(low, high))
    time = f"{n(0, 24):02d}:{n(0, 60):02d}:{n(0, 60):02d}"
    date = f"{n(2008, 2031)}-{n(1, 13):02d}-{n(1, 29):02d}"
    name = "".join(rng.choice(list("ABCDEFGHKLMNPRSTX0123456789-_ "), n(4, 14)))
    text = (time, f"{date} {time}", date, name)[n(0, 4)]
    font, thick = FONTS[n(0, len(FONTS))], max(1, round(tall * rng.uniform(0.08, 0.18)))
    size = tall / cv2.getTextSize(text, font, 1.0, 1)[0][1]
    (w, h), below = cv2.getTextSize(text, font, size, thick)
    mask = np.zeros((h + below + 2, w + 2), np.uint8)
    cv2.putText(mask, text, (1, h), font, size, 255, thick, cv2.LINE_AA)
    return mask


def signs(tall, rng):
    """Something like Chinese characters: strokes in squares."""
    many = int(rng.integers(3, 11))
    mask = np.zeros((tall + 2, many * (tall + 1) + 2), np.uint8)
    for i in range(many):
        left = i * (tall + 1) + 1
        for _ in range(rng.integers(4, 9)):
            (x0, y0), along = rng.integers(0, tall, 2), rng.integers(tall // 3, tall)
            way = (((1, 0), (0, 1), (1, 0), (0, 1), (1, 1), (-1, 1)))[rng.integers(6)]
            x1, y1 = (int(np.clip(v + d * along, 0, tall - 1)) for v, d in zip((x0, y0), way))
            cv2.line(mask, (left + int(x0), 1 + int(y0)), (left + x1, 1 + y1), 255, max(1, tall // 10), cv2.LINE_AA)
    return mask


def emblem(tall, rng):
    """A round mark: rings and a star or a bar, as of a station or an authority."""
    mask, middle = np.zeros((tall, tall), np.uint8), tall // 2
    for radius in rng.uniform(0.25, 0.48, rng.integers(1, 3)):
        cv2.circle(mask, (middle, middle), round(tall * radius), 255, 1 if rng.random() < 0.7 else -1, cv2.LINE_AA)
    turn, points = rng.uniform(0, 6.3), int(rng.integers(2, 8))
    for i in range(points):
        a = turn + 6.2832 * i / points
        end = (round(middle + 0.4 * tall * np.cos(a)), round(middle + 0.4 * tall * np.sin(a)))
        cv2.line(mask, (middle, middle), end, 0 if rng.random() < 0.3 else 255, max(1, tall // 12), cv2.LINE_AA)
    return mask

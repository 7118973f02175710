// Which piece of the image the stage shows, and the way from one's pixels to the other's. Pure.
//
// A view is {scale, left, top, width, height, imageWidth, imageHeight}: `scale` screen pixels (CSS) per image
// pixel, `left` and `top` the image point at the stage's top-left corner, `width` and `height` the stage in
// screen pixels. Origins are top-left corners, so there is no half-pixel shift anywhere.

export const MAX_SCALE = 32;
/** Even a small image may be seen this small. */
export const MIN_SCALE = 0.1;
/** Screen pixels of the image that always stay in sight. */
const KEPT = 48;

const within = (value, low, high) => Math.min(Math.max(value, low), Math.max(low, high));

/** The whole image in the middle, as large as the stage allows. */
export function fit(stage, image) {
  const scale = within(Math.min(stage.width / image.width, stage.height / image.height), 1e-6, MAX_SCALE);
  return {
    scale,
    left: (image.width - stage.width / scale) / 2,
    top: (image.height - stage.height / scale) / 2,
    width: stage.width, height: stage.height, imageWidth: image.width, imageHeight: image.height,
  };
}

export const toImage = (view, [x, y]) => [view.left + x / view.scale, view.top + y / view.scale];
export const toScreen = (view, [x, y]) => [(x - view.left) * view.scale, (y - view.top) * view.scale];

/** Closer (factor > 1) or further out; the image point under the screen point `at` stays there. */
export function zoomed(view, factor, at = [view.width / 2, view.height / 2]) {
  const whole = Math.min(view.width / view.imageWidth, view.height / view.imageHeight);
  const scale = within(view.scale * factor, Math.min(MIN_SCALE, whole), MAX_SCALE);
  const [x, y] = toImage(view, at);
  return kept({ ...view, scale, left: x - at[0] / scale, top: y - at[1] / scale });
}

/** Moved by screen pixels: the image follows the hand. */
export function panned(view, dx, dy) {
  return kept({ ...view, left: view.left - dx / view.scale, top: view.top - dy / view.scale });
}

/** The box [left, top, right, bottom] (image pixels) in the middle, with room around it. */
export function around(view, box, margin = 0.35) {
  const across = Math.max((box[2] - box[0]) * (1 + 2 * margin), 1);
  const down = Math.max((box[3] - box[1]) * (1 + 2 * margin), 1);
  const scale = within(Math.min(view.width / across, view.height / down), MIN_SCALE, 16);
  return {
    ...view, scale,
    left: (box[0] + box[2] - view.width / scale) / 2,
    top: (box[1] + box[3] - view.height / scale) / 2,
  };
}

/** The same piece of the image on a stage of another size. */
export function resized(view, stage) {
  const centre = toImage(view, [view.width / 2, view.height / 2]);
  const whole = fit(view, { width: view.imageWidth, height: view.imageHeight });
  const image = { width: view.imageWidth, height: view.imageHeight };
  if (Math.abs(whole.scale / view.scale - 1) < 1e-3) return fit(stage, image);
  const next = { ...view, ...stage };
  return kept({
    ...next, left: centre[0] - stage.width / view.scale / 2, top: centre[1] - stage.height / view.scale / 2,
  });
}

/** The piece of the image in sight, cut to the image: [left, top, right, bottom]. */
export function visible(view) {
  return [
    Math.max(0, view.left), Math.max(0, view.top),
    Math.min(view.imageWidth, view.left + view.width / view.scale),
    Math.min(view.imageHeight, view.top + view.height / view.scale),
  ];
}

/** Whether a box lies wholly in sight. */
export function shows(view, box) {
  const seen = visible(view);
  return box[0] >= seen[0] && box[1] >= seen[1] && box[2] <= seen[2] && box[3] <= seen[3];
}

function kept(view) {
  const across = KEPT / view.scale;
  return {
    ...view,
    left: within(view.left, across - view.width / view.scale, view.imageWidth - across),
    top: within(view.top, across - view.height / view.scale, view.imageHeight - across),
  };
}

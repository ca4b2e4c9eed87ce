// How two texts differ, by their words or signs.
export { diffArrays } from "diff";

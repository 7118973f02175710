// Which number is meant by digits: two in quick succession are one number.

const TWO_DIGITS = 700; // ms

export class Digits {
  #first = 0;
  #at = -Infinity;

  /** `clock` in ms. */
  constructor(clock = () => performance.now()) {
    this.clock = clock;
  }

  /** The digit that waits for a second one, or 0. */
  get #tens() {
    return this.clock() - this.#at < TWO_DIGITS ? this.#first : 0;
  }

  /** Whether a key is a digit of a number from 1 to `most`: "0" only where it ends one. */
  takes(key, most) {
    return /^[1-9]$/.test(key) || (key === "0" && this.#tens > 0 && 10 * this.#tens <= most);
  }

  /** Something else was done: the next digit begins a number. */
  forget() {
    this.#first = 0;
  }

  /** The number up to `most` that is meant with this digit. */
  press(digit, most) {
    const both = 10 * this.#tens + digit;
    const joined = both > 9 && both <= most;
    this.#first = joined ? 0 : digit;
    this.#at = this.clock();
    return joined ? both : digit;
  }
}

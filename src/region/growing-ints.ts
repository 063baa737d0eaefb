/** An Int32Array that grows as it is pushed to. */
export class GrowingInts {
  length = 0;
  #values = new Int32Array(1024);

  push(value: number): void {
    if (this.length === this.#values.length) this.#reserve(this.length + 1);
    this.#values[this.length++] = value;
  }

  /** Adds so many zeros. */
  extend(count: number): void {
    if (this.length + count > this.#values.length) this.#reserve(this.length + count);
    this.length += count;
  }

  set(index: number, value: number): void {
    this.#values[index] = value;
  }

  finish(): Int32Array {
    return this.#values.slice(0, this.length);
  }

  #reserve(least: number): void {
    const values = new Int32Array(Math.max(least, 2 * this.#values.length));
    values.set(this.#values);
    this.#values = values;
  }
}

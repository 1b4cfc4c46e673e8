package io.weir;

/**
 * The watermarks of a writer, in bytes: {@link StreamWriter#drain} waits once more than {@code
 * high} are queued, until {@code low} or less are left.
 *
 * <p>asyncio: {@code get_write_buffer_limits}, with the same order.
 *
 * @param low the mark at which writing goes on, 0 or more
 * @param high the mark above which writing pauses, at least {@code low}
 */
public record WriteLimits(int low, int high) {

  /** 16 KiB and 64 KiB, as in asyncio. */
  public static final WriteLimits DEFAULTS = ofHigh(64 * 1024);

  private static final int RATIO = 4;

  /** Checks the marks. */
  public WriteLimits {
    if (low < 0 || high < low) {
      throw new IllegalArgumentException(
          "high (" + high + ") must be >= low (" + low + ") must be >= 0, in bytes");
    }
  }

  /**
   * A high mark, with a low one at a quarter of it.
   *
   * @param high the mark above which writing pauses, in bytes, 0 or more; with 0, {@code drain}
   *     waits until nothing is queued
   */
  public static WriteLimits ofHigh(int high) {
    return new WriteLimits(high / RATIO, high);
  }

  /**
   * A low mark, with a high one at four times of it.
   *
   * @param low the mark at which writing goes on, in bytes, 0 or more
   */
  public static WriteLimits ofLow(int low) {
    if (low > Integer.MAX_VALUE / RATIO) {
      throw new IllegalArgumentException(
          "low is " + low + ": it must be <= " + Integer.MAX_VALUE / RATIO + ", a quarter of high");
    }
    return new WriteLimits(low, low * RATIO);
  }
}

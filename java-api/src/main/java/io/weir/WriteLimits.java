package io.weir;

/**
 * The watermarks of a writer, in bytes. {@link StreamWriter#drain} waits when more than {@code
 * high} bytes are queued, until at most {@code low} are left.
 *
 * <p>asyncio: {@code get_write_buffer_limits}, in the same order.
 *
 * @param low the low watermark, 0 or more
 * @param high the high watermark, at least {@code low}
 */
public record WriteLimits(int low, int high) {

  /** The default: 16 KiB and 64 KiB, the values of asyncio. */
  public static final WriteLimits DEFAULTS = ofHigh(64 * 1024);

  private static final int RATIO = 4;

  /** Checks the watermarks. */
  public WriteLimits {
    if (low < 0 || high < low) {
      throw new IllegalArgumentException(
          "high (" + high + ") must be >= low (" + low + ") must be >= 0, in bytes");
    }
  }

  /**
   * Returns limits with a high watermark, and a quarter of it as the low one.
   *
   * @param high the high watermark in bytes, 0 or more; with 0, {@code drain} waits until nothing
   *     is queued
   */
  public static WriteLimits ofHigh(int high) {
    return new WriteLimits(high / RATIO, high);
  }

  /**
   * Returns limits with a low watermark, and four times its value as the high one.
   *
   * @param low the low watermark in bytes, 0 or more
   */
  public static WriteLimits ofLow(int low) {
    if (low > Integer.MAX_VALUE / RATIO) {
      throw new IllegalArgumentException(
          "low is "
              + low
              + ": it must be <= "
              + Integer.MAX_VALUE / RATIO
              + ", because high is four times low");
    }
    return new WriteLimits(low, low * RATIO);
  }
}

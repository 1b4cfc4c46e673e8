package io.weir.samples;

/** How a sample in Java waits. */
enum Style {
  FUTURES,
  AWAIT;

  @Override
  public String toString() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }
}

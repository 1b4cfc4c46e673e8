package io.weir.samples;

/** How the Java sample that is run waits. */
enum Style {
  FUTURES,
  AWAIT;

  @Override
  public String toString() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }
}

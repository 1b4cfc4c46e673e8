package io.weir.samples;

/** The language of the sample that is run. */
public enum Lang {
  JAVA,
  KOTLIN;

  @Override
  public String toString() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }
}

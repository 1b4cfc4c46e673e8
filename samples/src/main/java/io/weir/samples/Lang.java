package io.weir.samples;

/** The language of a sample. */
public enum Lang {
  JAVA,
  KOTLIN;

  @Override
  public String toString() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }
}

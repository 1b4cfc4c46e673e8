package io.weir.samples;

import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.ArgumentsProvider;
import org.junit.jupiter.params.support.ParameterDeclarations;

/** Chooses the languages for a test: all with {@code -Dweir.test.languages=all}. */
final class Languages implements ArgumentsProvider {

  private static final boolean ALL = "all".equals(System.getProperty("weir.test.languages"));

  @Override
  public Stream<? extends Arguments> provideArguments(
      ParameterDeclarations parameters, ExtensionContext test) {
    Lang[] languages = Lang.values();
    int chosen = Math.floorMod(test.getRequiredTestMethod().getName().hashCode(), languages.length);
    return (ALL ? Stream.of(languages) : Stream.of(languages[chosen])).map(Arguments::of);
  }
}

package io.weir.samples;

import io.weir.testing.Multiplicity;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.ArgumentsProvider;
import org.junit.jupiter.params.support.ParameterDeclarations;

/** Chooses the languages for a test: all where tests do everything. */
final class Languages implements ArgumentsProvider {

  @Override
  public Stream<? extends Arguments> provideArguments(
      ParameterDeclarations parameters, ExtensionContext test) {
    Lang[] languages = Lang.values();
    int chosen = Math.floorMod(test.getRequiredTestMethod().getName().hashCode(), languages.length);
    return (Multiplicity.isAll() ? Stream.of(languages) : Stream.of(languages[chosen]))
        .map(Arguments::of);
  }
}

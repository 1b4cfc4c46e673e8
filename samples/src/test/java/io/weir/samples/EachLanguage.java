package io.weir.samples;

import io.weir.testing.Multiplicity;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ArgumentsSource;

/**
 * A test of a sample in the languages that it is written in. By default each test runs in one of
 * them, half of the tests in each; profile {@code matrix} runs all tests in both.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@Tag(Multiplicity.TAG)
@ParameterizedTest
@ArgumentsSource(Languages.class)
public @interface EachLanguage {}

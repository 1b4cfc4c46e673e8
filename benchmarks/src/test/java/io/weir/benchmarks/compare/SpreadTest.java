package io.weir.benchmarks.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class SpreadTest {

  @Test
  void quartiles_lie_between_the_values_that_are_nearest() {
    assertEquals(new Spread(1.75, 2.5, 3.25, 4), Spread.of(List.of(4.0, 2.0, 3.0, 1.0)));
    assertEquals(new Spread(3, 5, 7, 9), Spread.of(List.of(1., 2., 3., 4., 5., 6., 7., 8., 9.)));
  }

  @Test
  void windows_without_a_value_are_left_out() {
    assertEquals(
        new Spread(7, 7, 7, 1), Spread.of(List.of(Double.NaN, 7.0, Double.POSITIVE_INFINITY)));
    assertEquals(new Spread(Double.NaN, Double.NaN, Double.NaN, 0), Spread.of(List.of()));
  }
}

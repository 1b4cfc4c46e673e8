/**
 * Suspending functions for {@code io.weir}.
 *
 * @since 0.1.0
 */
module io.weir.coroutines {
  requires transitive io.weir;
  requires transitive kotlinx.coroutines.core;
  requires kotlin.stdlib;

  exports io.weir.coroutines;
}

/** A module that uses the streams. */
module consumer {
  requires io.weir;
}

package io.weir.faults;

import static io.weir.testing.Texts.bytes;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weir.programs.LargeReads;
import io.weir.testing.BlockingSockets;
import io.weir.testing.ChildJvm;
import io.weir.testing.Deadline;
import io.weir.testing.Multiplicity;
import io.weir.testing.Program;
import io.weir.testing.Tasks;
import io.weir.testing.Texts;
import java.io.OutputStream;
import java.net.Socket;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Reads of many bytes at once, in a heap that has room for them and little more. */
@Tag(Multiplicity.TAG)
class LargeReadTest {

  /** The ways to read, with a heap for each; one by default. */
  static List<Arguments> ways() {
    return Multiplicity.sample(List.of(Arguments.of("read", "384m"), Arguments.of("poll", "512m")));
  }

  @ParameterizedTest
  @MethodSource("ways")
  void F59_a_read_of_150_MiB_copies_them_as_seldom_as_it_can(String how, String heap)
      throws Exception {
    byte[] sent = Texts.noise(LargeReads.COUNT, 5);
    try (Program server = Program.program(ChildJvm.command(LargeReads.class, "-Xmx" + heap));
        Socket client = BlockingSockets.connect(server.port())) {
      Future<Boolean> sending =
          Tasks.start(
              () -> {
                OutputStream out = client.getOutputStream();
                out.write(bytes(how + "\n"));
                out.write(sent);
                out.write(bytes("behind\n"));
                return true;
              });

      String answer = new String(client.getInputStream().readAllBytes(), US_ASCII);
      assertEquals(Arrays.hashCode(sent) + " behind\n", answer);
      Deadline.get(sending);
    }
  }
}

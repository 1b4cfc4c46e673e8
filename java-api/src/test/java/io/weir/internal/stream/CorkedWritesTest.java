package io.weir.internal.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weir.testing.CallbackCheck;
import io.weir.testing.ScriptedConnection;
import org.junit.jupiter.api.Test;

class CorkedWritesTest {

  @Test
  void the_answers_to_requests_that_came_together_leave_in_one_write() {
    ScriptedConnection scripted = ScriptedConnection.open();
    answerAll(scripted);

    scripted.channel().arrive("1\n2\n3\n");

    assertEquals("1\n2\n3\n", scripted.channel().writtenText());
    assertEquals(1, scripted.channel().writes());
  }

  private static void answerAll(ScriptedConnection scripted) {
    scripted
        .reader()
        .readLine()
        .thenAccept(
            line -> {
              CallbackCheck.assertOutsideCalls();
              scripted.writer().write(line);
              if (line.length > 0) {
                answerAll(scripted);
              }
            });
  }
}

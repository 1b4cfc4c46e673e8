package io.weir.programs;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.weir.AsyncStreams;
import io.weir.ConnectionHandler;
import io.weir.Server;
import io.weir.StreamConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordingFile;

/** Echoes a line while the flight recorder runs, and prints which events of Weir it has. */
public final class RecordedEcho {

  private RecordedEcho() {}

  public static void main(String[] arguments) throws Exception {
    Path file = Files.createTempFile("echo", ".jfr");
    try (Recording recording = new Recording()) {
      recording.start();
      echo();
      recording.stop();
      recording.dump(file);
    }
    String names =
        RecordingFile.readAllEvents(file).stream()
            .map(event -> event.getEventType().getName())
            .filter(name -> name.startsWith("io.weir."))
            .sorted()
            .collect(Collectors.joining(" "));
    System.out.println(names);
    Files.delete(file);
  }

  private static void echo() {
    ConnectionHandler echo =
        ConnectionHandler.closing((reader, writer) -> reader.forEachLine(writer::send));
    Server server = AsyncStreams.startServer(echo, "localhost", 0).join();
    StreamConnection client = AsyncStreams.openConnection("localhost", server.port()).join();
    client.writer().write("hello\n".getBytes(US_ASCII));
    client.reader().readLine().join();
    client.close();
    client.writer().waitClosed().join();
    server.close();
    server.waitClosed().join();
  }
}

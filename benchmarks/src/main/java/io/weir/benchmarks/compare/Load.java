package io.weir.benchmarks.compare;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One load, and its participants.
 *
 * @param title its name in the table
 * @param arguments the arguments of {@code load}
 * @param metric what is compared
 * @param quick whether it belongs to a quick run
 * @param netty the label of the entry of Netty that the others are compared with
 * @param jdk the label of the entry of the JDK that the others are compared with; ignored when no
 *     entry has it
 * @param entries the servers
 */
record Load(
    String title,
    List<String> arguments,
    Metric metric,
    boolean quick,
    String netty,
    String jdk,
    List<Entry> entries) {

  private static final String NETTY = "netty-nio";

  boolean hasTls() {
    return arguments.contains("--tls");
  }

  /** Returns whether the servers forward incoming data to a server that discards it. */
  boolean isForwarded() {
    return title.startsWith("forwarded");
  }

  /** Returns whether the title starts with one of these. */
  boolean isOneOf(List<String> beginnings) {
    return beginnings.stream().anyMatch(title::startsWith);
  }

  /** Returns this load with only the entries that have one of these names; no names mean all. */
  Load with(List<String> names) {
    List<Entry> chosen =
        entries.stream().filter(entry -> names.isEmpty() || names.contains(entry.name())).toList();
    return of(chosen);
  }

  /** Returns this load with each server of Weir on the baseline as well, after the current one. */
  Load with(Baseline baseline) throws IOException {
    List<Entry> both = new ArrayList<>();
    for (Entry entry : entries) {
      both.add(entry);
      if (!entry.isAsyncio() && baseline.hasLibraryOf(entry.contender())) {
        both.add(entry.on(baseline));
      }
    }
    return of(List.copyOf(both));
  }

  /**
   * Returns the servers that run at the same time.
   *
   * @param sideBySide whether all of them do, or only a server of Weir and its baseline
   */
  List<List<Entry>> groups(boolean sideBySide) {
    if (sideBySide) {
      return List.of(entries);
    }
    Map<String, List<Entry>> groups = new LinkedHashMap<>();
    for (Entry entry : entries) {
      groups.computeIfAbsent(entry.currentLabel(), label -> new ArrayList<>()).add(entry);
    }
    return List.copyOf(groups.values());
  }

  /** Returns the label of Netty's server with the options of an entry, or without options. */
  String nettyFor(Entry entry) {
    List<String> options = entry.serve().subList(1, entry.serve().size());
    return entries.stream()
        .filter(other -> other.name().equals(NETTY) && other.hasOptions(options))
        .map(Entry::label)
        .findFirst()
        .orElse(netty);
  }

  private Load of(List<Entry> others) {
    return new Load(title, arguments, metric, quick, netty, jdk, others);
  }
}

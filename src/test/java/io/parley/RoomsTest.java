package io.parley;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.properties.HasName;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The architecture as rules: imports flow one way, and no classes depend on each other in turn. */
@Tag("fast")
class RoomsTest {
  private static final JavaClasses OURS =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.parley");

  private static final List<String> GROUND = List.of("json", "flow", "bus", "settings");
  private static final List<String> VOCABULARY =
      List.of("identity", "timeline", "conversation", "channel", "insight", "file", "node");
  private static final List<String> OUTER =
      List.of("http", "live", "store", "dispatch", "simulator", "ops", "cluster");

  /** Rooms whose classes still form cycles. Only ever remove from this list. */
  private static final Set<String> CYCLES_ALLOWED_IN = Set.of();

  /** The rooms of the store, each with the others it may use. */
  private static final Map<String, Set<String>> STORE =
      Map.of(
          "embedded", Set.of(),
          "db", Set.of(),
          "identity", Set.of("db"),
          "timeline", Set.of("db", "identity"),
          "conversation", Set.of("db", "identity", "timeline"),
          "external", Set.of("db", "identity", "timeline", "conversation"),
          "delivery", Set.of("db", "identity", "timeline"),
          "file", Set.of("db", "identity", "timeline"),
          "node", Set.of("db"),
          "insight", Set.of("db", "identity", "timeline"));

  @Test
  void onlyTestsChooseAnotherPasswordCost() {
    noClasses()
        .that()
        .resideOutsideOfPackage("io.parley.settings..")
        .should()
        .callMethodWhere(JavaCall.Predicates.target(HasName.Predicates.name("withPasswordCost")))
        .check(OURS);
  }

  @Test
  void noClassesFormACycle() {
    assertThat(ClassCycles.of(OURS))
        .filteredOn(cycle -> !CYCLES_ALLOWED_IN.containsAll(rooms(cycle)))
        .isEmpty();
  }

  private static Set<String> rooms(Set<String> classes) {
    Set<String> rooms = new TreeSet<>();
    classes.forEach(
        name -> {
          String room = name.substring(0, name.lastIndexOf('.'));
          rooms.add(room.equals("io.parley") ? "" : room.substring("io.parley.".length()));
        });
    return rooms;
  }

  /** The rooms of the API; each may use only those before it. */
  private static final List<String> API =
      List.of("api.problem", "api.auth", "api.contract", "api.operations");

  @TestFactory
  Stream<DynamicTest> roomsOfTheApiDependOneWay() {
    return Stream.iterate(0, i -> i < API.size() - 1, i -> i + 1)
        .map(i -> never(API.get(i), API.subList(i + 1, API.size())));
  }

  @TestFactory
  Stream<DynamicTest> roomsOfTheStoreDependOneWay() {
    return STORE.keySet().stream()
        .map(
            room -> {
              List<String> forbidden =
                  STORE.keySet().stream()
                      .filter(other -> !other.equals(room) && !STORE.get(room).contains(other))
                      .sorted()
                      .map(other -> "store." + other)
                      .toList();
              return never("store." + room, forbidden);
            });
  }

  @Test
  void theDatabaseRoomKnowsNoFeature() {
    noClasses()
        .that()
        .resideInAPackage("io.parley.store.db..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "io.parley.timeline..",
            "io.parley.conversation..",
            "io.parley.channel..",
            "io.parley.file..",
            "io.parley.insight..")
        .check(OURS);
  }

  @TestFactory
  Stream<DynamicTest> importsFlowOneWay() {
    List<DynamicTest> tests = new ArrayList<>();
    for (String room : GROUND) {
      List<String> others = others(room);
      if (room.equals("bus")) {
        others.remove("flow");
      }
      tests.add(never(room, others));
    }
    for (int i = 0; i < VOCABULARY.size(); i++) {
      List<String> later = new ArrayList<>(VOCABULARY.subList(i + 1, VOCABULARY.size()));
      later.addAll(OUTER);
      later.addAll(List.of("api", "settings"));
      tests.add(never(VOCABULARY.get(i), later));
    }
    tests.add(never("api", OUTER));
    for (String room : OUTER) {
      List<String> neighbours = new ArrayList<>(OUTER);
      neighbours.remove(room);
      if (!List.of("http", "live", "ops").contains(room)) {
        neighbours.add("api");
      }
      tests.add(never(room, neighbours));
    }
    return tests.stream();
  }

  @TestFactory
  Stream<DynamicTest> theFloorsOfLiveImportOneWay() {
    return Stream.of(
        never("live.loop", List.of("live.frame", "live.transport", "live.feed", "live.session")),
        never("live.frame", List.of("live.loop", "live.transport", "live.feed", "live.session")),
        never("live.transport", List.of("live.feed", "live.session")),
        never("live.feed", List.of("live.transport", "live.session")),
        DynamicTest.dynamicTest(
            "no floor of live imports the verticle above it",
            () ->
                noClasses()
                    .that()
                    .resideInAPackage("io.parley.live.(*)..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage("io.parley.live")
                    .check(OURS)));
  }

  @TestFactory
  Stream<DynamicTest> onlyTheRootSeesTheRoot() {
    return Stream.of(
        DynamicTest.dynamicTest(
            "no room imports the composition root",
            () ->
                noClasses()
                    .that()
                    .resideInAnyPackage("io.parley.(*)..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage("io.parley")
                    .allowEmptyShould(true)
                    .check(OURS)));
  }

  @TestFactory
  Stream<DynamicTest> onlyTheBusTouchesTheEventBus() {
    return Stream.of(
        DynamicTest.dynamicTest(
            "no room but bus touches the event bus, and none but cluster that between nodes",
            () ->
                noClasses()
                    .that()
                    .resideOutsideOfPackages("io.parley.bus..", "io.parley.cluster..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage("io.vertx.core.eventbus..")
                    .check(OURS)));
  }

  private static List<String> others(String room) {
    List<String> others = new ArrayList<>(GROUND);
    others.addAll(VOCABULARY);
    others.addAll(OUTER);
    others.add("api");
    others.remove(room);
    return others;
  }

  private static DynamicTest never(String room, List<String> forbidden) {
    String[] packages =
        forbidden.stream().map(name -> "io.parley." + name + "..").toArray(String[]::new);
    return DynamicTest.dynamicTest(
        room + " never imports " + forbidden,
        () ->
            noClasses()
                .that()
                .resideInAPackage("io.parley." + room + "..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(packages)
                .allowEmptyShould(true)
                .check(OURS));
  }
}

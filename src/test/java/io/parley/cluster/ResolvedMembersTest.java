package io.parley.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class ResolvedMembersTest {
  private static final Map<String, List<String>> NAMES =
      Map.of(
          "nodes.example.org", List.of("192.0.2.1", "192.0.2.2", "2001:db8::3"),
          "192.0.2.9", List.of("192.0.2.9"));

  private static InetAddress[] find(String host) throws UnknownHostException {
    List<String> found = NAMES.get(host);
    if (found == null) {
      throw new UnknownHostException(host);
    }
    InetAddress[] addresses = new InetAddress[found.size()];
    for (int i = 0; i < addresses.length; i++) {
      addresses[i] = InetAddress.ofLiteral(found.get(i));
    }
    return addresses;
  }

  @Test
  void aNameStandsForAllItsAddresses() {
    List<String> members = List.of("nodes.example.org:5701", "192.0.2.9:5703", "gone.example:5701");

    assertThat(new ResolvedMembers(members, ResolvedMembersTest::find).getMembers())
        .containsExactly(
            "192.0.2.1:5701", "192.0.2.2:5701", "[2001:db8:0:0:0:0:0:3]:5701", "192.0.2.9:5703");
  }
}

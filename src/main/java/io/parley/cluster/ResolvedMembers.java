package io.parley.cluster;

import com.hazelcast.config.TcpIpConfig;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The addresses of the members. A name stands for all addresses it has at the moment, such as those
 * of the pods behind a headless service; Hazelcast alone would try one of them. It asks on threads
 * of its own, each time it looks for members.
 */
final class ResolvedMembers extends TcpIpConfig {
  private static final Logger LOG = LoggerFactory.getLogger(ResolvedMembers.class);

  private final List<String> members;
  private final Lookup lookup;

  /** Finds the addresses of a name. */
  interface Lookup {
    InetAddress[] find(String host) throws UnknownHostException;
  }

  ResolvedMembers(List<String> members, Lookup lookup) {
    this.members = members;
    this.lookup = lookup;
  }

  @Override
  public List<String> getMembers() {
    List<String> resolved = new ArrayList<>();
    for (String member : members) {
      int colon = member.lastIndexOf(':');
      try {
        for (InetAddress address : lookup.find(member.substring(0, colon))) {
          resolved.add(text(address) + member.substring(colon));
        }
      } catch (UnknownHostException unknown) {
        LOG.atDebug().addKeyValue("member", member).log("Cluster member not found by its name");
      }
    }
    return resolved;
  }

  private static String text(InetAddress address) {
    String text = address.getHostAddress();
    return address instanceof Inet6Address ? "[" + text + "]" : text;
  }
}

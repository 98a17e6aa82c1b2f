/**
 * This node among the others: its row in the table of nodes, and the news between nodes.
 *
 * <p>PostgreSQL is the truth, the cluster only carries hints. Whatever is lost on the way is
 * noticed, by numbers, by heartbeats, and by comparing who is alive in the table with who is heard,
 * and becomes a notice that events may be missing, upon which sockets compare with the store. So
 * nothing here is ever waited for: not by a request, not by readiness, not by a stop.
 */
@NullMarked
package io.parley.cluster;

import org.jspecify.annotations.NullMarked;

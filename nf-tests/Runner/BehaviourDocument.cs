// K230.nanoFramework, MIT licence: see LICENSE

using System.Collections.Generic;
using System.Text;

namespace K230.Sockets.Conformance
{
    /// <summary>docs/reference/behaviour.md, made from <see cref="BehaviourTable"/>.</summary>
    internal static class BehaviourDocument
    {
        private static readonly string[] s_states =
        {
            "closed", "after `Close`",
            "unconnected", "a new TCP socket",
            "listening", "a TCP socket after `Bind` and `Listen`; no client waits",
            "datagram", "a UDP socket after `Bind`, without a default peer; no datagram waits",
            "connected", "a TCP connection, blocking; no data has arrived",
            "timed", "the same after `SetTimeout(0.1)`",
            "non-blocking", "the same after `SetBlocking(false)`",
            "peer gone", "the same as *connected*, but the peer has closed",
            "peer reset", "the same as *connected*, but the peer has reset it and no call has raised that yet",
        };

        private static readonly string[] s_results =
        {
            "**107** ENOTCONN", "the call fails with an `OSError` that has this `Errno`",
            "**110** ETIMEDOUT", "the same, after the time of `SetTimeout`",
            "4, 2, 0", "the number that the call returns; `4` is the whole of the text or array that was sent",
            "*ok*", "the call returns nothing and has done its work",
            "*waits*", "the call waits for ever; when another thread closes the socket, it fails with **9** EBADF",
            "`empty`", "an array of length 0: the end of the stream",
            "`null`, `None`", "no byte could be moved now; `None` is `Socket.None`, -1",
            "N", "a number from 0 on; for `ToString` the text `<_socket N>`",
            "*itself*", "the same object",
            "*none*",
            "`Poll` of this socket with this mask returns an empty array; otherwise the cell is the event: a sum of " +
            "POLLIN 1, POLLOUT 4, POLLERR 8 and POLLHUP 16, or 32 for a closed socket",
        };

        internal static string Write()
        {
            var text = new StringBuilder();

            text.Append(
                "# What a call does in which state\n\n" +
                "<!-- Made from nf-tests/Conformance/BehaviourTable.cs by Runner --behaviour; do not edit. -->\n\n" +
                "This page tells what every call of `Socket` does in every state of a socket. It is the same over " +
                "every network stack.\nEach cell is a test of `nf-tests/Conformance`, which `./k230 test` runs over the " +
                "workstation's kernel and over lwIP.\n\n" +
                "`bytes` and `text` are four bytes long. `address` is usable: free for `Bind`, a listener's for " +
                "`Connect`.\n\n");
            text.Append("## States\n\n");
            Pairs(text, "state", "the socket", s_states, true);
            text.Append("## Results\n\n");
            Pairs(text, "cell", "meaning", s_results, false);
            Numbers(text);

            text.Append("## No connection\n\n");
            Table(text, BehaviourTable.States, BehaviourTable.Rows, 0, 4);
            text.Append("## A connection\n\n");
            Table(text, BehaviourTable.States, BehaviourTable.Rows, 4, BehaviourTable.States.Length);
            text.Append("## A connection without room\n\n");
            text.Append("The peer reads nothing and every buffer on the way is full.\n\n");
            Table(text, BehaviourTable.FullStates, BehaviourTable.FullRows, 0, BehaviourTable.FullStates.Length);

            return text.ToString().TrimEnd('\n') + "\n";
        }

        private static void Pairs(StringBuilder text, string first, string second, string[] pairs, bool emphasise)
        {
            text.Append("| " + first + " | " + second + " |\n| --- | --- |\n");

            for (int i = 0; i < pairs.Length; i += 2)
            {
                string name = emphasise ? "*" + pairs[i] + "*" : pairs[i];
                text.Append("| " + name + " | " + pairs[i + 1] + " |\n");
            }

            text.Append('\n');
        }

        private static void Numbers(StringBuilder text)
        {
            var numbers = new SortedSet<int>();

            foreach (string[] rows in new[] { BehaviourTable.Rows, BehaviourTable.FullRows })
            {
                foreach (string row in rows)
                {
                    string[] cells = BehaviourTable.Cells(row);

                    for (int i = 1; i < cells.Length; i++)
                    {
                        if (cells[i].StartsWith('E'))
                        {
                            numbers.Add(int.Parse(cells[i].Substring(1)));
                        }
                    }
                }
            }

            var names = new List<string>();

            foreach (int number in numbers)
            {
                // "[Errno 9] EBADF"
                string message = new OSError(number).Message;
                names.Add(number + " " + message.Substring(message.IndexOf(' ', message.IndexOf(' ') + 1) + 1));
            }

            text.Append("Numbers: " + string.Join(", ", names) + ".\n\n");
        }

        private static void Table(StringBuilder text, string[] states, string[] rows, int from, int to)
        {
            text.Append("| call |");

            for (int i = from; i < to; i++)
            {
                text.Append(" " + states[i] + " |");
            }

            text.Append("\n| --- |");

            for (int i = from; i < to; i++)
            {
                text.Append(" --- |");
            }

            text.Append('\n');

            foreach (string row in rows)
            {
                string[] cells = BehaviourTable.Cells(row);
                text.Append("| `" + cells[0] + "` |");

                for (int i = from; i < to; i++)
                {
                    text.Append(" " + Cell(cells[i + 1]) + " |");
                }

                text.Append('\n');
            }

            text.Append('\n');
        }

        private static string Cell(string cell)
        {
            switch (cell)
            {
                case "empty":
                case "null":
                case "None":
                    return "`" + cell + "`";
                case "ok":
                case "waits":
                case "itself":
                case "none":
                    return "*" + cell + "*";
                default:
                    return cell.StartsWith('E') ? "**" + cell.Substring(1) + "**" : cell;
            }
        }
    }
}

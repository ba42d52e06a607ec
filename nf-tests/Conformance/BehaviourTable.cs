// K230.nanoFramework, MIT licence: see LICENSE

namespace K230.Sockets.Conformance
{
    /// <summary>
    /// What every call does in every state of a socket, as the MicroPython reference has it. The tests and
    /// docs/reference/behaviour.md are made from it.
    /// </summary>
    /// <remarks>
    /// E107 is OSError 107. "waits" is a call that does not end by itself, and ends with OSError 9 when another thread
    /// closes the socket. Every stack gives the same. What "text", "bytes" and "address" stand for is said in
    /// Scene.Do.
    /// </remarks>
    internal static class BehaviourTable
    {
        internal static readonly string[] States =
        {
            "closed", "unconnected", "listening", "datagram", "connected", "timed", "non-blocking", "peer gone",
            "peer reset",
        };

        internal static readonly string[] Rows =
        {
            // call                     | closed| unconn. | listening| dgram | conn. | timed | nonbl.| gone  | reset
            "Close()                     | ok    | ok      | ok       | ok    | ok    | ok    | ok    | ok    | ok",
            "Dispose()                   | ok    | ok      | ok       | ok    | ok    | ok    | ok    | ok    | ok",
            "FileNo()                    | -1    | N       | N        | N     | N     | N     | N     | N     | N",
            "ToString()                  | -1    | N       | N        | N     | N     | N     | N     | N     | N",
            "MakeFile(\"rwb\", 0)        | itself| itself  | itself   | itself| itself| itself| itself| itself| itself",

            "Bind(address)               | E9    | ok      | E22      | E22   | E22   | E22   | E22   | E22   | E22",
            "Listen()                    | E9    | ok      | ok       | E95   | E22   | E22   | E22   | E22   | E22",
            "Listen(5)                   | E9    | ok      | ok       | E95   | E22   | E22   | E22   | E22   | E22",
            "Accept()                    | E9    | E22     | waits    | E95   | E22   | E22   | E22   | E22   | E22",
            "Connect(address)            | E9    | ok      | E106     | ok    | E106  | E106  | E106  | E106  | E106",

            "Send(bytes)                 | E9    | E107    | E32      | E89   | 4     | 4     | 4     | 4     | E104",
            "Send(bytes, MSG_DONTWAIT)   | E9    | E107    | E32      | E89   | 4     | 4     | 4     | 4     | E104",
            "Send(text)                  | E9    | E107    | E32      | E89   | 4     | 4     | 4     | 4     | E104",
            "SendAll(bytes)              | E9    | E107    | E32      | E89   | ok    | ok    | ok    | ok    | E104",
            "SendAll(text)               | E9    | E107    | E32      | E89   | ok    | ok    | ok    | ok    | E104",
            "SendTo(bytes, address)      | E9    | E107    | E32      | 4     | 4     | 4     | 4     | 4     | E104",
            "SendTo(text, address)       | E9    | E107    | E32      | 4     | 4     | 4     | 4     | 4     | E104",

            "Recv(10)                    | E9    | E107    | E107     | waits | waits | E110  | E11   | empty | E104",
            "Recv(10, MSG_PEEK)          | E9    | E107    | E107     | waits | waits | E110  | E11   | empty | E104",
            "Recv(10, MSG_DONTWAIT)      | E9    | E107    | E107     | E11   | E11   | E11   | E11   | empty | E104",
            "Recv(0)                     | E9    | E107    | E107     | waits | waits | E110  | E11   | empty | E104",
            "RecvFrom(10)                | E9    | E107    | E107     | waits | waits | E110  | E11   | empty | E104",
            "RecvFrom(10, MSG_DONTWAIT)  | E9    | E107    | E107     | E11   | E11   | E11   | E11   | empty | E104",

            "Read()                      | E9    | E107    | E107     | waits | waits | E110  | null  | empty | E104",
            "Read(5)                     | E9    | E107    | E107     | waits | waits | E110  | null  | empty | E104",
            "Read(-1)                    | E9    | E107    | E107     | waits | waits | E110  | null  | empty | E104",
            "Read(0)                     | empty | empty   | empty    | empty | empty | empty | empty | empty | empty",
            "ReadInto(bytes)             | E9    | E107    | E107     | waits | waits | E110  | None  | 0     | E104",
            "ReadInto(bytes, 2)          | E9    | E107    | E107     | waits | waits | E110  | None  | 0     | E104",
            "ReadInto(bytes, 1, 2)       | E9    | E107    | E107     | waits | waits | E110  | None  | 0     | E104",
            "ReadInto(bytes, 0)          | 0     | 0       | 0        | 0     | 0     | 0     | 0     | 0     | 0",
            "ReadLine()                  | E9    | E107    | E107     | waits | waits | E110  | null  | empty | E104",
            "ReadLine(5)                 | E9    | E107    | E107     | waits | waits | E110  | null  | empty | E104",
            "ReadLine(0)                 | empty | empty   | empty    | empty | empty | empty | empty | empty | empty",

            "Write(bytes)                | E9    | E107    | E32      | E89   | 4     | 4     | 4     | 4     | E104",
            "Write(bytes, 2)             | E9    | E107    | E32      | E89   | 2     | 2     | 2     | 2     | E104",
            "Write(bytes, 1, 2)          | E9    | E107    | E32      | E89   | 2     | 2     | 2     | 2     | E104",
            "Write(text)                 | E9    | E107    | E32      | E89   | 4     | 4     | 4     | 4     | E104",
            "Write(bytes, 0)             | 0     | 0       | 0        | 0     | 0     | 0     | 0     | 0     | 0",

            "SetBlocking(true)           | E9    | ok      | ok       | ok    | ok    | ok    | ok    | ok    | ok",
            "SetBlocking(false)          | E9    | ok      | ok       | ok    | ok    | ok    | ok    | ok    | ok",
            "SetTimeout(0.5)             | E9    | ok      | ok       | ok    | ok    | ok    | ok    | ok    | ok",
            "SetTimeout(null)            | E9    | ok      | ok       | ok    | ok    | ok    | ok    | ok    | ok",
            "SetSockOpt(SOL_SOCKET, SO_REUSEADDR, 1) | E9 | ok | ok | ok | ok | ok | ok | ok | ok",
            "SetSockOpt(SOL_SOCKET, SO_REUSEADDR, true) | E9 | ok | ok | ok | ok | ok | ok | ok | ok",
            "SetSockOpt(SOL_SOCKET, SO_REUSEADDR, bytes) | E9 | ok | ok | ok | ok | ok | ok | ok | ok",
            "SetSockOpt(SOL_SOCKET, 9999, 1) | E9 | E92 | E92 | E92 | E92 | E92 | E92 | E92 | E92",

            "Poll(0) with mask 5         | 32    | 20      | none     | 4     | 4     | 4     | 4     | 5     | 29",
            "Poll(0) with mask 1         | 32    | 16      | none     | none  | none  | none  | none  | 1     | 25",
        };

        // A connection whose peer reads nothing, and which has no room left.
        internal static readonly string[] FullStates = { "blocking", "timed", "non-blocking" };

        internal static readonly string[] FullRows =
        {
            // call                        | blocking | timed   | non-blocking
            "Send(bytes)                   | waits    | E110    | E11",
            "Send(bytes, MSG_DONTWAIT)     | E11      | E11     | E11",
            "Send(text)                    | waits    | E110    | E11",
            "SendAll(bytes)                | waits    | E110    | E11",
            "SendAll(text)                 | waits    | E110    | E11",
            "SendTo(bytes, address)        | waits    | E110    | E11",
            "SendTo(text, address)         | waits    | E110    | E11",
            "Write(bytes)                  | waits    | E110    | None",
            "Write(bytes, 2)               | waits    | E110    | None",
            "Write(bytes, 1, 2)            | waits    | E110    | None",
            "Write(text)                   | waits    | E110    | None",
            "Write(bytes, 0)               | 0        | 0       | 0",
            "Poll(0) with mask 5           | none     | none    | none",
        };

        /// <summary>The call, then a result for each state.</summary>
        internal static string[] Cells(string row)
        {
            string[] cells = row.Split('|');

            for (int i = 0; i < cells.Length; i++)
            {
                cells[i] = cells[i].Trim();
            }

            return cells;
        }

        /// <summary>The cells of a call, or null.</summary>
        internal static string[] Find(string[] rows, string call)
        {
            for (int i = 0; i < rows.Length; i++)
            {
                string[] cells = Cells(rows[i]);

                if (cells[0] == call)
                {
                    return cells;
                }
            }

            return null;
        }
    }
}

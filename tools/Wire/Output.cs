// K230.nanoFramework, MIT licence: see LICENSE

using System;

namespace K230.Wire
{
    /// <summary>Why the output of a program stopped.</summary>
    public enum OutputEnd
    {
        /// <summary>The program has ended.</summary>
        Ended,

        /// <summary>The CLR has started again, and cut the program off.</summary>
        Restarted,

        /// <summary>The connection has ended.</summary>
        Lost,

        /// <summary>The reader had enough.</summary>
        Left,
    }

    /// <summary>The output of a program, in the device's order.</summary>
    internal static class Output
    {
        // How often the reader is asked while nothing comes.
        private static readonly TimeSpan s_moment = TimeSpan.FromMilliseconds(100);

        /// <summary>Passes pieces of output on until it stops.</summary>
        /// <param name="connection">Where it comes from.</param>
        /// <param name="take">Takes a piece.</param>
        /// <param name="stays">Is asked after each piece and now and then: false ends it.</param>
        internal static OutputEnd Read(Connection connection, Action<byte[]> take, Func<bool> stays)
        {
            while (stays())
            {
                if (!connection.TryTake(out News news, s_moment))
                {
                    continue;
                }

                switch (news.Kind)
                {
                    case NewsKind.Output:
                        take(news.Bytes);
                        break;
                    case NewsKind.Started:
                        return OutputEnd.Restarted;
                    case NewsKind.Ended:
                        return OutputEnd.Ended;
                    case NewsKind.Lost:
                        return OutputEnd.Lost;
                }
            }

            return OutputEnd.Left;
        }
    }
}

// K230.nanoFramework, MIT licence: see LICENSE

using System;

namespace K230.Wire
{
    /// <summary>How long the tool waits for a device. Tests shorten it.</summary>
    internal static class Deadlines
    {
        /// <summary>Gets or sets how many milliseconds each attempt of a request waits. A device that is busy answers
        /// late: a handshake of TLS takes many seconds.</summary>
        internal static int[] Attempts { get; set; } = [1000, 2000, 4000, 8000];

        /// <summary>Gets or sets the same for the first request, before it is known that there is a device.</summary>
        internal static int[] FirstAttempts { get; set; } = [1000, 1000, 1000];

        /// <summary>Gets or sets the same for what must not be done twice.</summary>
        internal static int[] OneAttempt { get; set; } = [5000];

        /// <summary>Gets or sets how long the tool waits before it connects anew to a device that closed the connection
        /// at once: it may not have noticed yet that the last tool has gone.</summary>
        internal static int[] Anew { get; set; } = [300, 700];

        /// <summary>Gets or sets how long a CLR takes to start again.</summary>
        internal static TimeSpan Restart { get; set; } = TimeSpan.FromSeconds(25);

        /// <summary>Gets or sets how long the word of the program's end may come after its last line.</summary>
        internal static TimeSpan AfterDone { get; set; } = TimeSpan.FromSeconds(2);
    }
}

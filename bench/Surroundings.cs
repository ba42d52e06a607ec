// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Runtime.InteropServices;

namespace K230.Bench
{
    /// <summary>Settings of the shell that would change what is measured without anybody noticing.</summary>
    internal static class Surroundings
    {
        // The board of one app, and how its waiters wait.
        private static readonly string[] s_removed = ["K230_AGENT", "K230_EAGER"];

        /// <summary>Why nothing is measured with the settings as they are; null if there is no reason.</summary>
        public static string Objection()
        {
            string stack = Environment.GetEnvironmentVariable("K230_STACK");

            return string.IsNullOrEmpty(stack) || stack == "kernel"
                ? null
                : $"K230_STACK={stack} is not measured: both sides of a ratio are to use the kernel's stack; unset it";
        }

        /// <summary>
        /// Takes away a board that all near ends would want at the same time, and how to wait there; for this process
        /// and those that it starts. Before the first socket.
        /// </summary>
        public static void TidyUp()
        {
            foreach (string name in s_removed)
            {
                Environment.SetEnvironmentVariable(name, null); // for processes that are started
                RemoveFromProcess(name); // for the launcher, which is in C: .NET keeps a copy of its own
            }
        }

        [DllImport("libc", EntryPoint = "unsetenv")]
        private static extern int RemoveFromProcess(string name);
    }
}

// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.IO;
using System.Runtime.InteropServices;
using K230.Tools;

namespace K230.Bench
{
    /// <summary>
    /// Where things lie in the repository that this program was built in, and settings of the shell that would change
    /// what is measured without anybody noticing.
    /// </summary>
    internal static class Setup
    {
        private static readonly Lazy<string> s_root = new(() => Checkout.Around(AppContext.BaseDirectory));

        // The board of one app, and how its waiters wait.
        private static readonly string[] s_removed = ["K230_AGENT", "K230_EAGER"];

        /// <summary>The programs in C.</summary>
        public static string Native => Path.Combine(s_root.Value, "build", "native", "bench", "native");

        /// <summary>The charts that bench/README.md shows.</summary>
        public static string Results => Path.Combine(s_root.Value, "bench", "results");

        /// <summary>Charts of runs that are too short to be shown, or not whole.</summary>
        public static string Trials => Path.Combine(s_root.Value, "build", "bench");

        public static string Readme => Path.Combine(s_root.Value, "bench", "README.md");

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
        public static void RemoveSettings()
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

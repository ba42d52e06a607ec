// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.CommandLine;

namespace K230.Tools
{
    /// <summary>What the command lines of all tools have in common.</summary>
    internal static class CommandLine
    {
        /// <summary>The exit code for wrong arguments.</summary>
        internal const int Misused = 2;

        /// <summary>Runs what the arguments ask for. Wrong ones are told in one line, and nothing is run.</summary>
        /// <param name="takes">What the tool takes, for that line; null for what System.CommandLine says.</param>
        internal static int Run(this RootCommand root, string tool, string[] args, string takes = null)
        {
            ParseResult parsed = root.Parse(args);

            if (parsed.Errors.Count == 0)
            {
                return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
            }

            return Misuse(tool, takes ?? $"{parsed.Errors[0].Message} (--help lists the options)");
        }

        /// <summary>Tells in one line why nothing is done.</summary>
        internal static int Misuse(string tool, string why)
        {
            Console.Error.WriteLine(tool + ": " + why);

            return Misused;
        }
    }
}

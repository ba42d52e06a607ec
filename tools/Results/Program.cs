// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Linq;
using K230.Tools;

namespace K230.Results
{
    internal static class Program
    {
        // Of each failure, so that the end of a log shows all of them.
        private const int LinesShown = 40;

        public static int Main(string[] args)
        {
            var folder = new Argument<string>("folder") { Description = "where the run left its results" };
            var filter = new Option<string>("--filter") { Description = "the part of a name that the run was for" };
            var failed = new Option<string[]>("--failed") { Description = "a part that could not run: a failure" };
            var skipped = new Option<string[]>("--skipped") { Description = "a part that was skipped, and why" };
            var command = new RootCommand(
                "Adds up a test run: failures with what they said, then the counts; exit code 1 if any failed.")
            {
                folder, filter, failed, skipped,
            };

            command.SetAction(parsed =>
            {
                string wanted = parsed.GetValue(filter);
                List<Case> cases = Run.Read(parsed.GetValue(folder), string.IsNullOrEmpty(wanted) ? null : wanted);
                cases.AddRange((parsed.GetValue(failed) ?? [])
                    .Select(what => new Case(what, what, Outcome.Failed, "")));
                cases.AddRange((parsed.GetValue(skipped) ?? []).Select(what => Skip(what)));

                if (cases.Count == 0)
                {
                    Console.Error.WriteLine("no test has '" + wanted + "' in its name");
                }

                return Report(cases);
            });

            return command.Run("Results", args);
        }

        private static Case Skip(string what)
        {
            string[] parts = what.Split(": ", 2);

            return new Case(parts[0], parts[0], Outcome.Skipped, parts.Length > 1 ? parts[1] : "");
        }

        private static int Report(List<Case> cases)
        {
            foreach (IGrouping<string, Case> suite in cases.GroupBy(one => one.Suite))
            {
                Console.Error.WriteLine(suite.Key + ": " + Counts(suite));
            }

            foreach (IGrouping<string, Case> reason in cases
                .Where(one => one.Outcome == Outcome.Skipped).GroupBy(one => one.Output))
            {
                string more = reason.Count() > 1 ? " and " + (reason.Count() - 1) + " more" : "";
                Console.Error.WriteLine("skipped: " + reason.First().Name + more + ": " + reason.Key);
            }

            Case[] failures = cases.Where(one => one.Outcome == Outcome.Failed).ToArray();

            foreach (Case one in failures)
            {
                Console.Error.WriteLine("failed: " + Full(one));

                string[] lines = one.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

                foreach (string line in lines.TakeLast(LinesShown))
                {
                    Console.Error.WriteLine("    " + line.TrimEnd());
                }
            }

            // Once more without what they said: a list to read.
            foreach (Case one in failures.Length > 1 ? failures : [])
            {
                Console.Error.WriteLine("failed: " + Full(one));
            }

            Console.Error.Flush();
            Console.WriteLine(Counts(cases));

            return failures.Length > 0 || !cases.Exists(one => one.Outcome == Outcome.Passed) ? 1 : 0;
        }

        private static string Full(Case one)
        {
            return one.Suite == one.Name || one.Suite.Length == 0 ? one.Name : one.Suite + ": " + one.Name;
        }

        private static string Counts(IEnumerable<Case> cases)
        {
            int Count(Outcome outcome) => cases.Count(one => one.Outcome == outcome);
            int skipped = Count(Outcome.Skipped);

            return Count(Outcome.Passed) + " passed, " + Count(Outcome.Failed) + " failed" +
                (skipped > 0 ? ", " + skipped + " skipped" : "");
        }
    }
}

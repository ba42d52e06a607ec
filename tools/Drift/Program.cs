// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using System.Linq;
using K230.Tools;

namespace K230.Drift
{
    internal static class Program
    {
        // 0: the same everywhere, 1: something differs, 2: wrong arguments, or nothing to compare.
        private static int Main(string[] args)
        {
            var fix = new Option<bool>("--fix") { Description = "write anew what is generated from the C#" };
            var root = new RootCommand("Compares what must be the same in C#, C++, C headers and project files.")
            {
                fix,
            };

            root.SetAction(options => Compare(options.GetValue(fix)));

            return root.Run("drift", args, "takes --fix, or nothing");
        }

        private static int Compare(bool fixes)
        {
            try
            {
                var repository = new Repository(Checkout.Around(Directory.GetCurrentDirectory()));
                IReadOnlyList<Problem> compared = fixes
                    ? Comparison.Fix(
                        repository, problem => Console.WriteLine("fixed: " + problem.Place + ": " + problem.What))
                    : Comparison.Check(repository);
                IReadOnlyList<Problem> problems = compared.Concat(new Links(repository).Check()).ToList();

                foreach (Problem problem in problems)
                {
                    Console.WriteLine(problem);
                }

                foreach (string line in Comparison.Summary(repository))
                {
                    Console.WriteLine(line);
                }

                Console.WriteLine(problems.Count == 0 ? "nothing has drifted" : Count(problems));
                return problems.Count == 0 ? 0 : 1;
            }
            catch (IOException e)
            {
                return CommandLine.Misuse("drift", e.Message);
            }
        }

        private static string Count(IReadOnlyList<Problem> problems)
        {
            int generated = problems.Count(problem => problem.Fix != null);

            return problems.Count + (problems.Count == 1 ? " difference" : " differences") + ", " + generated +
                " of them in what --fix writes";
        }
    }
}

// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace K230.Drift
{
    internal static class Program
    {
        // 0: the same everywhere, 1: something differs, 2: wrong arguments, or nothing to compare.
        private static int Main(string[] args)
        {
            if (args.Length > 1 || args.Length == 1 && args[0] != "--fix")
            {
                Console.Error.WriteLine("drift: takes --fix, or nothing");
                return 2;
            }

            try
            {
                Repository repository = Repository.Around(Directory.GetCurrentDirectory());
                IReadOnlyList<Problem> compared = args.Length == 0
                    ? Comparison.Check(repository)
                    : Comparison.Fix(repository, problem => Console.WriteLine("fixed: " + problem.Place + ": " + problem.What));
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
                Console.Error.WriteLine("drift: " + e.Message);
                return 2;
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

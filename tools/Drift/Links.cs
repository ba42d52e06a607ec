// K230.nanoFramework, MIT licence: see LICENSE

using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;

namespace K230.Drift
{
    /// <summary>The links of the pages: each names a file or folder that is there, and a heading that it has.</summary>
    public sealed class Links(Repository repository)
    {
        private static readonly Regex s_link = new Regex(@"\]\(([^)\s]+)\)");
        private static readonly Regex s_code = new Regex("`[^`]*`");

        /// <summary>Those that lead nowhere.</summary>
        public IEnumerable<Problem> Check() => repository.Files(".", "*.md").SelectMany(CheckPage);

        private IEnumerable<Problem> CheckPage(string page)
        {
            foreach ((string text, int line) in Lines(page))
            {
                foreach (Match link in s_link.Matches(s_code.Replace(text, "")))
                {
                    string target = link.Groups[1].Value;

                    if (!target.Contains("://") && !target.StartsWith("mailto:") && !Leads(page, target, out string missing))
                    {
                        yield return new Problem(
                            new Place(page, line), "the link " + target, missing, "none of that name",
                            "write the name that it has now, or take the link away");
                    }
                }
            }
        }

        private bool Leads(string page, string target, out string missing)
        {
            string[] parts = target.Split('#', 2);
            string file = parts[0].Length == 0 ? page : repository.Beside(page, parts[0]);

            if (!repository.Has(file) && !Directory.Exists(repository.Absolute(file)))
            {
                missing = "the file " + file;
                return false;
            }

            missing = "a heading of " + file;
            return parts.Length == 1 || Lines(file).Any(line => Anchor(line.Text) == parts[1]);
        }

        // The lines outside of blocks of code.
        private IEnumerable<(string Text, int Line)> Lines(string page)
        {
            bool isCode = false;
            string[] lines = repository.Read(page).Split('\n');

            for (int i = 0; i < lines.Length; i++)
            {
                if (lines[i].TrimStart().StartsWith("```"))
                {
                    isCode = !isCode;
                }
                else if (!isCode && !lines[i].StartsWith("    "))
                {
                    yield return (lines[i], i + 1);
                }
            }
        }

        // As GitHub makes it of a heading; null for other lines.
        private static string Anchor(string line)
        {
            Match heading = Regex.Match(line, @"^#{1,6} +(.+?) *$");

            if (!heading.Success)
            {
                return null;
            }

            var anchor = new StringBuilder();

            foreach (char c in heading.Groups[1].Value.ToLowerInvariant())
            {
                if (char.IsLetterOrDigit(c) || c is '-' or '_')
                {
                    anchor.Append(c);
                }
                else if (c == ' ')
                {
                    anchor.Append('-');
                }
            }

            return anchor.ToString();
        }
    }
}

// K230.nanoFramework, MIT licence: see LICENSE

using System.Collections.Generic;
using System.Linq;
using System.Text.RegularExpressions;

namespace K230.Drift.Tests.Pages
{
    /// <summary>A block of code of a page.</summary>
    public sealed class Block
    {
        private static readonly Regex s_fence = new Regex("^( *)```(.*)$");
        private static readonly Regex s_note = new Regex("^<!-- (.+) -->$");

        private Block(string page, int line, string language, string note, string text)
        {
            Page = page;
            Line = line;
            Language = language;
            Note = note;
            Text = text;
        }

        /// <summary>Gets the page, relative to the root.</summary>
        public string Page { get; }

        /// <summary>Gets the number of the first line of the text.</summary>
        public int Line { get; }

        /// <summary>Gets what stands behind the fence; null for an indented block.</summary>
        public string Language { get; }

        /// <summary>Gets the comment in the line above the fence, or null: what the text needs around it.</summary>
        public string Note { get; }

        /// <summary>Gets the text, without the indentation of the fence.</summary>
        public string Text { get; }

        /// <summary>The place, as compilers write it.</summary>
        public override string ToString()
        {
            return Page + ":" + Line;
        }

        /// <summary>The blocks of every page of a repository.</summary>
        public static IEnumerable<Block> All(Repository repository)
        {
            return repository.Files(".", "*.md").SelectMany(page => Of(page, repository.Read(page)));
        }

        /// <summary>The blocks of one page.</summary>
        public static IEnumerable<Block> Of(string page, string text)
        {
            string[] lines = text.Split('\n');

            for (int i = 0; i < lines.Length; i++)
            {
                Match fence = s_fence.Match(lines[i]);

                if (fence.Success)
                {
                    int start = i + 1;
                    int indent = fence.Groups[1].Length;

                    do
                    {
                        i++;
                    }
                    while (i < lines.Length && lines[i].Trim() != "```");

                    IEnumerable<string> inner =
                        lines[start..i].Select(line => line.Length >= indent ? line.Substring(indent) : "");

                    yield return new Block(
                        page, start + 1, fence.Groups[2].Value, Above(lines, start - 1), string.Join("\n", inner));
                }
                else if (lines[i].StartsWith("    ") && i > 0 && lines[i - 1].Length == 0)
                {
                    int start = i;

                    while (i + 1 < lines.Length && lines[i + 1].StartsWith("    "))
                    {
                        i++;
                    }

                    yield return new Block(page, start + 1, null, null, string.Join("\n", lines[start..(i + 1)]));
                }
            }
        }

        private static string Above(string[] lines, int fence)
        {
            Match note = fence > 0 ? s_note.Match(lines[fence - 1].Trim()) : Match.Empty;

            return note.Success ? note.Groups[1].Value : null;
        }
    }
}

// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Text.RegularExpressions;

namespace K230.Drift.Tests.Pages
{
    /// <summary>
    /// Blocks for the shell. <c>sh</c> is a script, <c>console</c> is what a terminal shows: lines after "$ " are
    /// commands. Each is read by bash; a line of ./k230 has verbs, options and samples that there are; what a command
    /// names inside of this repository is there, and each K230_... that it sets is one that something reads.
    /// </summary>
    public sealed class ShellBlocks
    {
        private static readonly Regex s_verb = new Regex(@"^  ([a-z]+)\b", RegexOptions.Multiline);
        private static readonly Regex s_option = new Regex(@"--[a-z]+");
        private static readonly Regex s_setting = new Regex(@"\b(?:-D)?(K230_[A-Z0-9_]+)=");

        private readonly Repository _repository;
        private readonly Dictionary<string, string[]> _verbs = new Dictionary<string, string[]>();
        private readonly HashSet<string> _withArguments = new HashSet<string>();
        private readonly string[] _samples;
        private readonly HashSet<string> _tops;
        private readonly Lazy<HashSet<string>> _settings;

        /// <summary>What fits a repository.</summary>
        public ShellBlocks(Repository repository)
        {
            _repository = repository;

            // A verb's part of the help goes to the next verb.
            string help = Run(repository.Absolute("k230"), "--help").Output;
            Match[] verbs = s_verb.Matches(help).ToArray();

            for (int i = 0; i < verbs.Length; i++)
            {
                int end = i + 1 < verbs.Length ? verbs[i + 1].Index : help.Length;
                string part = help.Substring(verbs[i].Index, end - verbs[i].Index);

                // As in the help: what stands in capitals there is the reader's own.
                if (Regex.IsMatch(part, @"^  [a-z]+ \[?[A-Z]"))
                {
                    _withArguments.Add(verbs[i].Groups[1].Value);
                }

                _verbs[verbs[i].Groups[1].Value] =
                    s_option.Matches(part).Select(option => option.Value).Distinct().ToArray();
            }

            _samples = repository.Files("samples", "*.csproj").Select(file => file.Split('/')[1]).ToArray();
            _tops = new HashSet<string>(
                System.IO.Directory.GetFileSystemEntries(repository.Absolute("."))
                    .Select(System.IO.Path.GetFileName).Where(name => name is not ("build" or "packages" or ".git")));
            _settings = new Lazy<HashSet<string>>(() => SourceNames.Of(repository));
        }

        /// <summary>Gets the verbs of ./k230, as its help has them.</summary>
        public IEnumerable<string> Verbs
        {
            get { return _verbs.Keys; }
        }

        /// <summary>What is wrong with a block, each with its place on the page.</summary>
        public IEnumerable<string> Check(Block block)
        {
            string script = block.Language == "console" ? Typed(block.Text) : block.Text;
            (int code, string output) = Run("bash", "-n", "-c", script);

            if (code != 0)
            {
                yield return block + ": bash cannot read it: " + output.Trim();
            }

            string[] lines = script.Split('\n');

            for (int i = 0; i < lines.Length; i++)
            {
                string at = block.Page + ":" + (block.Line + i) + ": ";
                string line = Regex.Replace(lines[i], @"(^|\s)#.*$", "");

                foreach (string command in Regex.Split(line, @"&&|\|\||[;|]"))
                {
                    foreach (string wrong in CheckCommand(command.Trim()))
                    {
                        yield return at + wrong;
                    }
                }

                foreach (Match setting in s_setting.Matches(line))
                {
                    if (!_settings.Value.Contains(setting.Groups[1].Value))
                    {
                        yield return at + "nothing reads " + setting.Groups[1].Value;
                    }
                }
            }
        }

        // The commands of what a terminal shows, each in its line.
        private static string Typed(string text)
        {
            return string.Join(
                "\n", text.Split('\n').Select(line => line.StartsWith("$ ") ? line.Substring(2) : ""));
        }

        private IEnumerable<string> CheckCommand(string command)
        {
            string[] words = command.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            int first = Array.FindIndex(words, word => !Regex.IsMatch(word, "^[A-Z0-9_]+="));

            if (first >= 0 && words[first] == "./k230")
            {
                string wrong = CheckVerb(words.Skip(first + 1).ToArray());

                if (wrong != null)
                {
                    yield return wrong;
                }
            }

            foreach (string word in words)
            {
                string path = word.Trim('"', '\'');

                if (path.StartsWith("./"))
                {
                    path = path.Substring(2);
                }

                if (path.Contains('/') && _tops.Contains(path.Split('/')[0]) && !IsThere(path))
                {
                    yield return "there is no " + path;
                }
            }
        }

        private string CheckVerb(string[] words)
        {
            if (words.Length == 0)
            {
                return "./k230 without a verb does nothing";
            }

            if (words[0] == "--help")
            {
                return null;
            }

            if (!_verbs.TryGetValue(words[0], out string[] options))
            {
                return "./k230 has no verb " + words[0];
            }

            if (words[0] == "run")
            {
                return words.Length == 1 || _samples.Contains(words[1]) ? null : "there is no sample " + words[1];
            }

            if (words.Length > 1 && !words[1].StartsWith("--") && !_withArguments.Contains(words[0]))
            {
                return "./k230 " + words[0] + " takes no " + words[1];
            }

            return words.Where(word => word.StartsWith("--") && !options.Contains(word))
                .Select(word => "./k230 " + words[0] + " has no " + word).FirstOrDefault();
        }

        // What a build puts beside a project is there when that is.
        private bool IsThere(string path)
        {
            path = Regex.Replace(path, "/(bin|obj)(/.*)?$", "");

            return _repository.Has(path) || System.IO.Directory.Exists(_repository.Absolute(path));
        }

        internal static (int Code, string Output) Run(string program, params string[] arguments)
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments)
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            });
            System.Threading.Tasks.Task<string> error = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();

            return (process.ExitCode, output + error.Result);
        }
    }
}

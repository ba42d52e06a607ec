// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.ComponentModel;
using System.Diagnostics;
using System.IO;
using System.Threading.Tasks;

namespace K230.Bench
{
    /// <summary>A process that is told things and answers, a line each; it ends when its standard input does.</summary>
    internal sealed class LineProcess : IDisposable
    {
        // It has nothing to do but to notice the end of its input.
        private static readonly TimeSpan s_farewell = TimeSpan.FromSeconds(5);

        private readonly string _name;
        private readonly Process _process;

        /// <exception cref="Failure">It cannot be started.</exception>
        public LineProcess(string name, string program, params IEnumerable<string> arguments)
            : this(name, null, program, arguments)
        {
        }

        /// <param name="setting">Added to its environment; null for nothing.</param>
        /// <exception cref="Failure">It cannot be started.</exception>
        public LineProcess(
            string name, (string Name, string Value)? setting, string program, params IEnumerable<string> arguments)
        {
            _name = name;
            var start = new ProcessStartInfo(program, arguments)
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            };

            if (setting is (string variable, string value))
            {
                start.Environment[variable] = value;
            }

            try
            {
                _process = Process.Start(start);
            }
            catch (Win32Exception e)
            {
                throw new Failure($"{name} does not start: {e.Message}");
            }
        }

        public int Id => _process.Id;

        /// <summary>The exit code, if it has ended or does so within the time; else null.</summary>
        public int? Ended(TimeSpan limit) => _process.WaitForExit(limit) ? _process.ExitCode : null;

        /// <exception cref="Failure">It is gone.</exception>
        public void Tell(string line)
        {
            try
            {
                _process.StandardInput.WriteLine(line);
                _process.StandardInput.Flush();
            }
            catch (IOException)
            {
                throw new Failure($"{_name} was gone before \"{line}\"");
            }
        }

        /// <param name="what">What the line is the answer to.</param>
        /// <exception cref="Failure">None came.</exception>
        public string Hear(string what, TimeSpan limit)
        {
            Task<string> reading = _process.StandardOutput.ReadLineAsync();

            if (!reading.Wait(limit))
            {
                throw new Failure($"{_name} did not answer \"{what}\" within {limit.TotalSeconds:0.#} s");
            }

            return reading.Result ?? throw new Failure($"{_name} ended at \"{what}\"{ExitCode()}");
        }

        /// <summary>All that it prints, to its end.</summary>
        /// <exception cref="Failure">It does not end, or not well.</exception>
        public IReadOnlyList<string> HearAll(TimeSpan limit)
        {
            Task<string> reading = _process.StandardOutput.ReadToEndAsync();

            if (!reading.Wait(limit) || !_process.WaitForExit(s_farewell))
            {
                throw new Failure($"{_name} did not end within {limit.TotalSeconds:0.#} s");
            }

            return _process.ExitCode == 0
                ? reading.Result.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                : throw new Failure($"{_name} ended with exit code {_process.ExitCode}");
        }

        public void Dispose()
        {
            try
            {
                _process.StandardInput.Close();
            }
            catch (IOException)
            {
                // It is gone already.
            }

            if (!_process.WaitForExit(s_farewell))
            {
                _process.Kill(entireProcessTree: true);
            }

            _process.Dispose();
        }

        /// <summary>For one that hangs: it is not asked to end.</summary>
        public void Kill()
        {
            _process.Kill(entireProcessTree: true);
            Dispose();
        }

        private string ExitCode() => _process.WaitForExit(s_farewell) ? $" with exit code {_process.ExitCode}" : "";
    }
}

// K230.nanoFramework, MIT licence: see LICENSE

using System.Collections.Generic;

namespace K230.Tools
{
    /// <summary>The environment of a build that a test starts: without these, it would take the test run for its own.
    /// </summary>
    internal static class NoBuildAround
    {
        internal static IReadOnlyDictionary<string, string> Variables { get; } = new Dictionary<string, string>
        {
            ["MSBUILD_EXE_PATH"] = null, // removed
            ["MSBuildExtensionsPath"] = null,
            ["MSBuildSDKsPath"] = null,
        };
    }
}

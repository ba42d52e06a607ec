// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Xml.Linq;

namespace K230.Drift
{
    /// <summary>All comparisons of a repository, over the assemblies that were built last.</summary>
    public static class Comparison
    {
        /// <summary>What differs, and what a device could not run.</summary>
        public static IReadOnlyList<Problem> Check(Repository repository)
        {
            var problems = new List<Problem>(new CompileLists(repository).Check());
            using var libraries = new Libraries(repository);

            foreach (NanoProject project in NanoProject.All(repository))
            {
                using NanoAssembly assembly = Open(repository, project, libraries);
                problems.AddRange(new Limits(repository, assembly).Check());

                if (IsInterop(project))
                {
                    problems.AddRange(new Natives(repository, assembly, Skeleton(project)).Check());
                    problems.AddRange(new Constants(repository, assembly).Check());
                    problems.AddRange(new Versions(repository, assembly).Check());
                }
            }

            return problems;
        }

        /// <summary>Rewrites what is generated, then looks again.</summary>
        /// <returns>What is left.</returns>
        public static IReadOnlyList<Problem> Fix(Repository repository, Action<Problem> fixing)
        {
            foreach (Problem problem in Check(repository).Where(problem => problem.Fix != null))
            {
                fixing(problem);
                problem.Fix();
            }

            return Check(repository);
        }

        /// <summary>What the firmware is paired by, as one line for each assembly with natives.</summary>
        public static IEnumerable<string> Summary(Repository repository)
        {
            using var libraries = new Libraries(repository);

            foreach (NanoProject project in NanoProject.All(repository).Where(IsInterop))
            {
                using NanoAssembly assembly = Open(repository, project, libraries);
                IReadOnlyList<Slot> slots = assembly.Slots();

                yield return assembly.Name + " " + assembly.NativeVersion + ": " +
                    slots.Count(slot => slot.IsNative) + " natives in " + slots.Count + " slots, checksum 0x" +
                    Checksum.V1(assembly.Name, slots).ToString("X8") + " (v1; by the coming v2 it would be 0x" +
                    Checksum.V2(assembly.Name, slots).ToString("X8") + ")";
            }
        }

        private static NanoAssembly Open(Repository repository, NanoProject project, Libraries libraries)
        {
            if (!repository.Has(project.Assembly))
            {
                throw new FileNotFoundException(
                    "no " + project.Assembly + "; type dotnet build " + project.File, project.Assembly);
            }

            return new NanoAssembly(repository.Absolute(project.Assembly), libraries.All);
        }

        private static bool IsInterop(NanoProject project) =>
            project.Elements("NFMDP_GENERATE_STUBS").Any(element => element.Value == "true");

        private static string Skeleton(NanoProject project)
        {
            // The metadata processor leaves excluded types out of the checksum but not always out of the table.
            XElement excluded = project.Elements("NFMDP_PE_ExcludeClassByName").FirstOrDefault();

            if (excluded != null)
            {
                throw new NotSupportedException(
                    project.PlaceOf(excluded) + ": types that are excluded are not known here; take the line away");
            }

            return project.Elements("NF_GenerateSkeletonProjectName").First().Value;
        }
    }
}

using System.Net;

namespace Voxeltron.Cli.Fabric;

/// <summary>The API answered with a problem.</summary>
public sealed class ApiException(HttpStatusCode status, ProblemAnswer problem, string what)
    : Exception(Text(status, problem, what))
{
    public HttpStatusCode Status => status;

    public ProblemAnswer Problem => problem;

    private static string Text(HttpStatusCode status, ProblemAnswer problem, string what)
    {
        var text = $"{what}: {problem.Code} ({(int)status}). {problem.Detail ?? problem.Title}";
        foreach (var error in problem.Errors ?? [])
        {
            text += $"\n  {error.Path}: {error.Code}: {error.Reason}";
        }

        return problem.WhatToDo is null ? text : $"{text}\n  What to do: {problem.WhatToDo}";
    }
}

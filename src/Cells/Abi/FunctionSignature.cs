namespace Voxeltron.Cells;

/// <summary>Parameter and result types in the words of WebAssembly text: <c>(i32,i32)->i32</c>.</summary>
internal sealed record FunctionSignature(string Parameters, string Result)
{
    public static FunctionSignature Of(string parameters, string result) => new(parameters, result);

    public override string ToString() => $"({Parameters})->{(Result.Length == 0 ? "()" : Result)}";
}

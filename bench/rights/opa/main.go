// The questions of bench/rights asked of OPA: the policy prepared once, the data in its memory store, one core. With
// "values" data and questions are Rego's own values from the start, so that nothing is converted while it answers.
//
//	opa POLICY DATA QUESTIONS plain|values
//
// prints one JSON object: the answers in order, and the seconds of processor time that a decision took in the best pass.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"syscall"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
)

func main() {
	runtime.GOMAXPROCS(1)
	ctx := context.Background()
	policy := read(os.Args[1])
	data := map[string]any{}
	decode(read(os.Args[2]), &data)
	questions := []map[string]any{}
	decode(read(os.Args[3]), &questions)
	converted := os.Args[4] == "values"
	store := inmem.NewFromObjectWithOpts(data, inmem.OptReturnASTValuesOnRead(converted))
	query, err := rego.New(
		rego.Query("answer := data.rights.answer"),
		rego.Module("policy.rego", string(policy)),
		rego.Store(store),
	).PrepareForEval(ctx)
	check(err)
	inputs := make([]rego.EvalOption, len(questions))
	for number, question := range questions {
		inputs[number] = rego.EvalInput(question)
		if converted {
			value, err := ast.InterfaceToValue(question)
			check(err)
			inputs[number] = rego.EvalParsedInput(value)
		}
	}
	answers := make([]any, len(inputs))
	for number, input := range inputs {
		answers[number] = ask(ctx, query, input)
	}
	best := 1e9
	for range 3 {
		from := spent()
		for _, input := range inputs {
			ask(ctx, query, input)
		}
		best = min(best, (spent()-from)/float64(len(inputs)))
	}
	check(json.NewEncoder(os.Stdout).Encode(map[string]any{"answers": answers, "seconds": best}))
}

// spent is the processor time of this process so far, in seconds; its garbage collector counts.
func spent() float64 {
	var usage syscall.Rusage
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e9
}

func ask(ctx context.Context, query rego.PreparedEvalQuery, input rego.EvalOption) any {
	found, err := query.Eval(ctx, input)
	check(err)
	return found[0].Bindings["answer"]
}

func read(name string) []byte {
	found, err := os.ReadFile(name)
	check(err)
	return found
}

func decode(text []byte, into any) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	check(decoder.Decode(into))
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
